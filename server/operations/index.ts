import { clearProcessOutput } from './clear-process-output'
import { createProcess } from './create-process'
import { echo } from './echo'
import { ensureProcess } from './ensure-process'
import { getDashboard } from './get-dashboard'
import { getHealth } from './get-health'
import { getMergedOutput } from './get-merged-output'
import { getMetrics } from './get-metrics'
import { getProcessDigest } from './get-process-digest'
import { getProcessOutput } from './get-process-output'
import { getProcessStatus } from './get-process-status'
import { getSettings } from './get-settings'
import { getStatus } from './get-status'
import { listActivity } from './list-activity'
import { listProcesses } from './list-processes'
import { listRuns } from './list-runs'
import { ping } from './ping'
import { removeProcess } from './remove-process'
import { replaceProcess } from './replace-process'
import { restartGroup } from './restart-group'
import { restartProcess } from './restart-process'
import { sendInput } from './send-input'
import { startGroup } from './start-group'
import { startProcess } from './start-process'
import { stopGroup } from './stop-group'
import { stopProcess } from './stop-process'
import { updateProcess } from './update-process'
import { updateSettings } from './update-settings'
import { waitForProcess } from './wait-for-process'
import type { AnyOperation } from './define'

/** Everything Vantage can do, each once. */
export const operations: readonly AnyOperation[] = [
  echo, ping, getStatus, getHealth, getDashboard,
  createProcess, ensureProcess, getProcessStatus, listProcesses, listRuns, getMetrics,
  getProcessOutput, getMergedOutput, getProcessDigest, clearProcessOutput,
  startProcess, stopProcess, restartProcess, waitForProcess, sendInput, startGroup, stopGroup, restartGroup,
  updateProcess, replaceProcess, removeProcess,
  listActivity, getSettings, updateSettings,
]
