import type { ProcessInfo } from '#shared/schemas/process-info'

/** Says for the activity what a start has done: `Started web (pid 4242) and db`. `others` were started with it. */
export function startInWords({ id, pid, state, phase, waiting_for: awaited = {} }: ProcessInfo, others: readonly string[], verb = 'Started'): string {
  const also = others.length > 0 ? ` and ${others.join(', ')}` : ''
  if (phase === 'waiting') return `${verb} ${id}${also}; ${id} waits for ${Object.keys(awaited).join(', ')}`
  if (pid !== undefined) return `${verb} ${id} (pid ${pid})${also}`
  return `${verb} ${id}${also}; it is ${state} already`
}
