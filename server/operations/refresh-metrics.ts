import type { OperationContext } from './define'

type Metrics = OperationContext['vantage']['metrics']

const MAX_AGE_MS = 1000

/**
 * Makes sure that CPU, memory and ports of the answer that follows are at most a second old. Where they cannot be measured
 * the answer does without: what it says of the processes themselves does not depend on them.
 */
export async function refreshMetrics({ metrics }: { metrics: Pick<Metrics, 'refresh'> }): Promise<void> {
  await Promise.allSettled([metrics.refresh(MAX_AGE_MS)])
}
