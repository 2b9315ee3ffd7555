import type { ProcessInfo } from '#shared/schemas/process-info'
import { deadline } from '../deadline'
import type { EventHub } from '../events'
import type { MetricsSampler } from '../supervise/metrics'
import { aborted } from './aborted'

/**
 * How far a process has got: `ready` by its rules; without rules `listening` on a port, or `running` for a while; `ended` when
 * its run has.
 */
export type Stage = 'ready' | 'listening' | 'running' | 'ended'

export interface WaitUntilUp {
  timeoutMs: number
  signal: AbortSignal
  /** A run whose end is known: a pause after it is waited for. */
  endedRun?: number | undefined
}

interface World { events: EventHub, metrics: Pick<MetricsSampler, 'refresh'>, look: () => ProcessInfo }

/** A program that cannot work, for want of a module or a port, mostly ends within this time. */
const LIVED_MS = 3000
/** One that still works hard is still starting, on a slow machine; and one that is told its port is a server that will listen. */
const LIVED_LONG_MS = 10_000
const QUIET_PERCENT = 5
/** A tool may listen for its own parts first, and end when the port that matters is taken. */
const STABLE_MS = 500
const LOOK_EVERY_MS = 250

/**
 * Waits until a process is up or its run has ended; `timed_out` when the time was over before. Throws what `look` throws
 * (`PROCESS_NOT_FOUND` when it was removed meanwhile).
 */
export async function waitUntilUp({ events, metrics, look }: World, { timeoutMs, signal, endedRun }: WaitUntilUp) {
  using end = deadline(timeoutMs, signal)
  const over = aborted(end.signal)
  const judge = new Judge(endedRun)
  for (;;) {
    if (isWatched(look())) await Promise.race([metrics.refresh(LOOK_EVERY_MS), over])
    const process = look()
    const stage = judge.stageOf(process, performance.now())
    if (stage) return { process, stage }
    if (end.signal.aborted) return { process, stage: 'timed_out' as const }
    // What is not ready yet, and what waits, says so by an event; ports and time say nothing.
    await nextLook(events, { isSoon: isWatched(process), end: end.signal })
  }
}

async function nextLook(events: EventHub, { isSoon, end }: { isSoon: boolean, end: AbortSignal }): Promise<void> {
  if (!isSoon) return await events.next(end)
  using pause = deadline(LOOK_EVERY_MS, end)
  await events.next(pause.signal)
}

const isWatched = ({ phase }: ProcessInfo) => phase === 'running' || phase === 'ready'

/** Tells from looks at a process how far it has got. */
export class Judge {
  readonly #endedRun: number | undefined
  #ports = ''
  #since = 0

  constructor(endedRun: number | undefined) {
    this.#endedRun = endedRun
  }

  /** Undefined while it is still on its way; `now` in ms. */
  stageOf(process: ProcessInfo, now: number): Stage | undefined {
    const { phase, run } = process
    if (phase === 'idle' || (phase === 'backoff' && run !== this.#endedRun)) return 'ended'
    if (phase === 'ready') return isReadyItself(process) ? 'ready' : undefined
    if (phase !== 'running') return undefined
    if (this.#isListening(process, now)) return 'listening'
    return hasLived(process) ? 'running' : undefined
  }

  #isListening({ run, ports = [], uptime_ms: uptime = 0 }: ProcessInfo, now: number): boolean {
    const seen = `${run}: ${ports.join()}`
    if (seen !== this.#ports) {
      this.#ports = seen
      this.#since = now
    }
    return ports.length > 0 && (now - this.#since >= STABLE_MS || uptime >= LIVED_MS)
  }
}

/** Its port may answer because something else listens there; then it mostly does not live long. */
function isReadyItself(process: ProcessInfo): boolean {
  const port = probedPort(process)
  return port === undefined || (process.ports ?? []).includes(port) || (process.uptime_ms ?? 0) >= LIVED_MS
}

const LOCAL = new Set([undefined, 'localhost', '127.0.0.1', '[::1]', '::1'])

/** The port on this machine that its readiness is told by. */
export function probedPort({ ready }: Pick<ProcessInfo, 'ready'>): number | undefined {
  if (ready?.tcp !== undefined) return LOCAL.has(ready.host) ? ready.tcp : undefined
  if (ready?.http === undefined) return undefined
  const { hostname, port, protocol } = new URL(ready.http)
  return LOCAL.has(hostname) ? Number(port) || (protocol === 'https:' ? 443 : 80) : undefined
}

function hasLived({ uptime_ms: uptime = 0, cpu_percent: cpu = 0, assign_ports: ports, env }: ProcessInfo): boolean {
  const isOnItsWay = cpu >= QUIET_PERCENT || ports !== undefined || 'PORT' in env
  return uptime >= (isOnItsWay ? LIVED_LONG_MS : LIVED_MS)
}
