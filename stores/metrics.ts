import { isAlive } from '#shared/lifecycle'
import type { MetricsSample } from '#shared/schemas/metrics'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { HostMessage } from '~/composables/host-message'

/** What a running process takes right now. */
export type LiveNumbers = Pick<ProcessInfo, 'cpu_percent' | 'memory_bytes' | 'ports'>

/**
 * The newest numbers of every running process, apart from the processes themselves: once a second nothing but these numbers
 * is drawn anew.
 */
export const useMetricsStore = defineStore('metrics', () => {
  const connection = useConnectionStore()
  const samples = shallowReactive(new Map<string, MetricsSample>())

  function onMessage(message: HostMessage): void {
    // A host that refuses the topic has no numbers: the page then shows none.
    if (message.type === 'error') samples.clear()
    if (message.type !== 'metrics') return
    const running = new Set(message.data.map(({ id }) => id))
    for (const id of samples.keys()) if (!running.has(id)) samples.delete(id)
    for (const sample of message.data) samples.set(sample.id, sample)
  }

  /** Asks for live numbers until the returned function is called. */
  function watchLive(): () => void {
    return connection.subscribe('metrics', onMessage)
  }

  /** The numbers of the run that is alive: a sample of an earlier run is none of its. */
  function numbersOf(process: ProcessInfo): LiveNumbers {
    if (!isAlive(process.phase)) return {}
    const sample = samples.get(process.id)
    return sample && (process.started_at === undefined || sample.at >= process.started_at) ? sample : process
  }

  return { watchLive, numbersOf }
})
