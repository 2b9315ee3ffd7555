import type { MetricsSample } from '#shared/schemas/metrics'
import type { CallContext } from './define'
import { refreshMetrics } from './refresh-metrics'

export type FollowedMetrics = Pick<CallContext['vantage']['metrics'], 'refresh' | 'hold' | 'onSample' | 'latestAll'>

/**
 * Gives the newest sample of every running process at once, and after each measurement until `signal` aborts.
 * A slow reader gets the newest ones when it reads on; those in between are skipped.
 */
export async function* followMetrics(
  { vantage, signal }: { vantage: { metrics: FollowedMetrics }, signal: AbortSignal },
): AsyncGenerator<MetricsSample[]> {
  const { metrics } = vantage
  const held = metrics.hold()
  let isFresh = true
  let wake = () => {}
  const note = () => {
    isFresh = true
    wake()
  }
  const unsubscribe = metrics.onSample(note)
  signal.addEventListener('abort', note)
  try {
    await refreshMetrics(vantage)
    while (!signal.aborted) {
      if (isFresh) {
        isFresh = false
        yield metrics.latestAll()
      }
      else {
        await new Promise<void>(resolve => wake = resolve)
      }
    }
  }
  finally {
    unsubscribe()
    signal.removeEventListener('abort', note)
    held[Symbol.dispose]()
  }
}
