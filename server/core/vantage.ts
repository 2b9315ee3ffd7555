import type { MetricsPoint, MetricsSample } from '#shared/schemas/metrics'
import { EventHub } from './events'
import type { Logger } from './logger'
import { GrowthTicker } from './logs/ticker'
import { KeyedQueue } from './process/keyed-queue'
import { ProcessManager } from './process/process-manager'
import { SnapshotStore } from './state/snapshot-store'
import { removeTemporaries } from './state/atomic-file'
import { inheritedEnvironment } from './supervise/environment'
import { ExitWatch } from './supervise/exit-watch'
import { findSetsid } from './supervise/launch'
import { linux } from './supervise/linux'

export interface VantageOptions {
  /** Absolute path; it exists and is locked by this host. */
  dataDir: string
  version: string
  /** Where a definition without `cwd` and `project` runs. */
  startDir: string
  /** The environment of the host. */
  environment: Record<string, string | undefined>
  /** A shutdown stops all processes; else they run on for the next host. */
  stopOnShutdown: boolean
  log: Logger
}

/** What running processes take, as far as it is measured: nothing yet. */
export interface Metrics {
  /** Measures now, unless the newest samples are at most `maxAgeMs` old. */
  refresh: (maxAgeMs?: number) => Promise<void>
  /** What is recorded of a process, oldest first. */
  history: (id: string, range: { from?: Date | undefined, to?: Date | undefined }) => MetricsPoint[]
  /** Measures every second until it is disposed. */
  hold: () => Disposable
  /** Calls `listener` after each measurement; the answer ends it. */
  onSample: (listener: (samples: MetricsSample[]) => void) => () => void
  latestAll: () => MetricsSample[]
}

const unmeasured: Metrics = {
  refresh: async () => {},
  history: () => [],
  hold: () => ({ [Symbol.dispose]: () => {} }),
  onSample: () => () => {},
  latestAll: () => [],
}

/** A host's engine: everything wired, nothing opened. */
export interface Vantage {
  readonly version: string
  readonly dataDir: string
  readonly startedAt: Date
  readonly events: EventHub
  readonly processes: ProcessManager
  readonly metrics: Metrics
  /** Loads the definitions, adopts what runs and finishes what was begun. Call once, after the lock is held. */
  open: () => Promise<void>
  /** Announces the end, stops the processes where that is asked for, and saves the state. */
  close: () => Promise<void>
}

/** Opens nothing yet: a Nitro plugin calls it at import, long before the lock is held. */
export function createVantage(options: VantageOptions): Vantage {
  const { dataDir, version, startDir, log } = options
  const events = new EventHub()
  const startedAt = new Date()
  const exits = new ExitWatch(linux)
  const ticker = new GrowthTicker({ log })
  const environment = inheritedEnvironment(options.environment)
  const snapshot = new SnapshotStore({ dataDir, defaults: () => ({ cwd: startDir, now: new Date().toISOString() }), log })
  const engine = {
    os: linux,
    setsid: '',
    bootId: '',
    environment,
    exits,
    ticker,
    events,
    log,
    queue: new KeyedQueue(),
  }
  const processes = new ProcessManager({ engine, dataDir, startDir, snapshot })
  return {
    version,
    dataDir,
    startedAt,
    events,
    processes,
    metrics: unmeasured,
    async open() {
      engine.setsid = findSetsid(environment.PATH ?? '')
      engine.bootId = await linux.bootId()
      await removeTemporaries(dataDir)
      await processes.open()
    },
    async close() {
      events.publish({ type: 'host.closing', data: { pid: process.pid } })
      await processes.close({ stopAll: options.stopOnShutdown })
      exits.close()
      ticker[Symbol.dispose]()
    },
  }
}
