import { availableParallelism, freemem, loadavg, totalmem } from 'node:os'
import { z } from 'zod'
import type { ProcessState } from '#shared/lifecycle'
import type { NumberedEvent } from '#shared/schemas/events'
import { Dashboard } from '#shared/schemas/host'
import { createCpuMeter } from './cpu-meter'
import { defineOperation } from './define'
import { uptimeMs } from './get-status'
import { refreshMetrics } from './refresh-metrics'

const RECENT = 20

const cpuPercent = createCpuMeter()

export const getDashboard = defineOperation({
  name: 'get_dashboard',
  description: 'Gives everything a first look needs: the host, counts by state, all processes, recent events, load and memory.',
  effect: 'read',
  input: z.strictObject({}),
  output: Dashboard,
  handler: async (_, { vantage }) => {
    await refreshMetrics(vantage)
    const processes = vantage.processes.list()
    const count = (state: ProcessState) => processes.filter(info => info.state === state).length
    return {
      server: {
        version: vantage.version,
        pid: process.pid,
        started_at: vantage.startedAt.toISOString(),
        uptime_ms: uptimeMs(vantage.startedAt),
        data_dir: vantage.dataDir,
      },
      stats: {
        total: processes.length,
        running: count('Running'),
        stopped: count('Stopped'),
        failed: count('Failed'),
        not_started: count('NotStarted'),
        auto_start_enabled: processes.filter(info => info.auto_start_on_restore).length,
      },
      processes,
      recent_events: vantage.events.recent(Infinity).flatMap(toRecent).slice(-RECENT),
      system_metrics: systemMetrics(),
    }
  },
})

function toRecent(event: NumberedEvent): Dashboard['recent_events'] {
  const { at, type } = event
  if (event.type === 'process.changed') {
    const { id, state, run } = event.data
    return [{ at, type, process_id: id, state, ...(run !== undefined && { run }) }]
  }
  return event.type === 'process.removed' ? [{ at, type, process_id: event.data.id }] : []
}

function systemMetrics(): Dashboard['system_metrics'] {
  return {
    cpu_count: availableParallelism(),
    load_average: loadavg(),
    memory_total_bytes: totalmem(),
    memory_available_bytes: freemem(),
    host_memory_bytes: process.memoryUsage.rss(),
    host_cpu_percent: cpuPercent(),
  }
}
