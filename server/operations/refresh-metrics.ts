import { setTimeout as delay } from 'node:timers/promises'
import type { CallContext } from './define'

type Metrics = CallContext['vantage']['metrics']

const MAX_AGE_MS = 1000

/** On a machine that is flooded a look takes long: an answer with older numbers is better than a late one. */
const MAX_WAIT_MS = 100

/**
 * Makes sure that CPU, memory and ports of the answer that follows are at most a second old, or `maxAgeMs`. Where they cannot be measured
 * the answer does without: what it says of the processes themselves does not depend on them.
 */
export async function refreshMetrics(
  { metrics }: { metrics: Pick<Metrics, 'refresh'> },
  { maxAgeMs = MAX_AGE_MS, maxWaitMs = MAX_WAIT_MS } = {},
): Promise<void> {
  const looking = metrics.refresh(maxAgeMs).catch(() => undefined) // the sampler tells its failures itself
  await Promise.race([looking, delay(maxWaitMs, undefined, { ref: false })])
}
