import { setTimeout as sleep } from 'node:timers/promises'
import { toVantageError } from '#shared/errors'
import { checkCommand } from './readiness-command'
import { checkDelay } from './readiness-delay'
import { checkHttp } from './readiness-http'
import { checkLog } from './readiness-log'
import type { Clock, ProbeContext } from './readiness-probe'
import { checkTcp } from './readiness-tcp'

export interface ReadinessRequest extends Omit<ProbeContext, 'clock'> {
  /** Ends the watching: when the run ends or is being stopped. */
  signal: AbortSignal
  clock?: Clock
}

/** What is told, in turn; nothing after `signal` has ended it. */
export interface ReadinessEvents {
  /** It is ready, for the first time or again. */
  ready: () => void
  /** It is not ready in time, or a check failed; the checks go on. */
  unready: (reason: string) => void
  /** Three checks in a row failed after it was ready (`keep_checking`); the watching is over. */
  failed: (reason: string) => void
}

const FAILURES = 3

/** Each way to tell that a process is ready; the rules name exactly one. */
const PROBES = [
  ['log', checkLog], ['http', checkHttp], ['tcp', checkTcp], ['command', checkCommand], ['delay_ms', checkDelay],
] as const

const realClock: Clock = { now: Date.now, sleep: (ms, signal) => sleep(ms, undefined, { signal, ref: false }) }

/**
 * Watches whether a run is ready (CONTRACT §3, `ready`). After `timeout_ms` since its start it is told to be unready, but
 * the tries go on. Comes back when nothing more is to be told: ready without `keep_checking`, failed, or ended by
 * `signal`, which leaves no socket, timer or process behind. Never throws.
 */
export async function watchReadiness({ signal, clock = realClock, ...request }: ReadinessRequest, on: ReadinessEvents): Promise<void> {
  const context = { ...request, clock }
  try {
    await untilReady(context, signal, on)
    on.ready()
    if (context.rules.keep_checking) await keepChecking(context, signal, on)
  }
  catch (error) {
    if (!signal.aborted) on.unready(toVantageError(error).message)
  }
}

async function untilReady(context: ProbeContext, signal: AbortSignal, on: ReadinessEvents): Promise<void> {
  const { rules, clock } = context
  const over = new AbortController()
  let last = 'no check has ended yet'
  const end = AbortSignal.any([signal, over.signal])
  const tellUnready = () => end.aborted || on.unready(`not ready after ${rules.timeout_ms} ms: ${last}`)
  void clock.sleep(timeLeft(context), end).then(tellUnready, () => undefined) // ended: in time
  try {
    for (let reason = await check(context, signal); reason !== undefined; reason = await check(context, signal)) {
      last = reason
      await clock.sleep(rules.interval_ms, signal)
    }
  }
  finally {
    over.abort()
  }
}

/** A host that adopts an old run gives it one interval before it calls it unready. */
function timeLeft({ rules, run, clock }: ProbeContext): number {
  return Math.max(Math.min(rules.interval_ms, rules.timeout_ms), run.startedAt.getTime() + rules.timeout_ms - clock.now())
}

async function keepChecking(context: ProbeContext, signal: AbortSignal, on: ReadinessEvents): Promise<void> {
  let failures = 0
  while (failures < FAILURES) {
    await context.clock.sleep(context.rules.interval_ms, signal)
    const reason = await check(context, signal)
    const wasFailing = failures > 0
    failures = reason === undefined ? 0 : failures + 1
    if (reason === undefined && wasFailing) on.ready()
    if (reason !== undefined && !wasFailing) on.unready(reason)
    if (reason !== undefined && failures === FAILURES) on.failed(`${FAILURES} checks in a row failed: ${reason}`)
  }
}

/** A pattern that takes too long would do so each time; what else goes wrong (too many open files, say) may pass. */
async function check(context: ProbeContext, signal: AbortSignal): Promise<string | undefined> {
  const [, probe = checkDelay] = PROBES.find(([kind]) => context.rules[kind] !== undefined) ?? []
  try {
    const reason = await probe(context, signal)
    signal.throwIfAborted()
    return reason
  }
  catch (thrown) {
    signal.throwIfAborted()
    const error = toVantageError(thrown)
    if (error.code === 'VALIDATION_FAILED') throw error
    return error.message
  }
}
