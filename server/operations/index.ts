import { createProcess } from './create-process'
import { echo } from './echo'
import { getDashboard } from './get-dashboard'
import { getHealth } from './get-health'
import { getProcessOutput } from './get-process-output'
import { getProcessStatus } from './get-process-status'
import { getStatus } from './get-status'
import { listProcesses } from './list-processes'
import { ping } from './ping'
import { removeProcess } from './remove-process'
import { replaceProcess } from './replace-process'
import { restartProcess } from './restart-process'
import { startProcess } from './start-process'
import { stopProcess } from './stop-process'
import { updateProcess } from './update-process'
import type { AnyOperation } from './define'

/** Everything Vantage can do, each once. */
export const operations: readonly AnyOperation[] = [
  echo, ping, getStatus, getHealth, getDashboard,
  createProcess, getProcessStatus, listProcesses, getProcessOutput,
  startProcess, stopProcess, restartProcess,
  updateProcess, replaceProcess, removeProcess,
]
