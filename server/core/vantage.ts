import { EventHub } from './events'
import type { Logger } from './logger'
import { FloodBrake } from './logs/brake'
import { ErrorScanner } from './logs/digest/scanner'
import { LineMatcher } from './logs/matcher'
import { LogSearcher } from './logs/searcher'
import { GrowthTicker } from './logs/ticker'
import { Gate } from './process/gate'
import { KeyedQueue } from './process/keyed-queue'
import { ProcessManager } from './process/process-manager'
import { SessionLifetimes } from './process/session-lifetimes'
import { ActivityLog } from './state/activity-log'
import { removeTemporaries } from './state/atomic-file'
import { SettingsStore } from './state/settings-store'
import { SnapshotStore } from './state/snapshot-store'
import { inheritedEnvironment } from './supervise/environment'
import { ExitWatch } from './supervise/exit-watch'
import type { Launcher } from './supervise/launcher'
import { MetricsSampler } from './supervise/metrics'
import { ProcessTable } from './supervise/process-table'
import { systemFor } from './supervise/systems'

/** Node has four threads for files. */
const STARTS_AT_ONCE = 3

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

/** A host's engine: everything wired, nothing opened. */
export interface Vantage {
  readonly version: string
  readonly dataDir: string
  readonly startedAt: Date
  readonly events: EventHub
  readonly processes: ProcessManager
  readonly metrics: MetricsSampler
  readonly activity: ActivityLog
  /** Read once the lock is held, before the engine is opened. */
  readonly settings: SettingsStore
  /** Is told when MCP sessions begin and end. */
  readonly sessions: SessionLifetimes
  /**
   * Loads the definitions, adopts what runs and finishes what was begun. Call once, after the lock is held. After a crash of
   * the last host, what is suspended goes on: its brake may have done that, and nobody else would end it.
   */
  open: (options?: { isAfterCrash?: boolean }) => Promise<void>
  /** Announces the end, stops the processes where that is asked for, and saves the state. */
  close: (options?: CloseOptions) => Promise<void>
}

/** How an end differs from what the host was told at its start, and from what the definitions say. */
export interface CloseOptions { stopAll?: boolean, graceMs?: number }

/** Opens nothing yet: a Nitro plugin calls it at import, long before the lock is held. */
export function createVantage(options: VantageOptions): Vantage {
  const { dataDir, version, startDir, log } = options
  const events = new EventHub()
  const startedAt = new Date()
  const { os, findLauncher } = systemFor(process.platform)
  const exits = new ExitWatch(os)
  const ticker = new GrowthTicker({ log })
  const environment = inheritedEnvironment(options.environment)
  let found: Launcher | undefined
  const launcher = () => found ??= findLauncher(environment.PATH ?? '')
  const snapshot = new SnapshotStore({ dataDir, defaults: () => ({ cwd: startDir, now: new Date().toISOString() }), log })
  const metrics = new MetricsSampler({ system: os, log })
  const settings = new SettingsStore({ dataDir, log })
  const activity = new ActivityLog({ dataDir, events, log, limit: () => settings.value.activity_limit })
  const engine = {
    os,
    table: new ProcessTable(os),
    launcher,
    bootId: '',
    isAfterCrash: false,
    dataDir,
    environment,
    exits,
    ticker,
    metrics,
    brake: new FloodBrake({ log }),
    matcher: new LineMatcher(),
    searcher: new LogSearcher(),
    scanner: new ErrorScanner(),
    events,
    settings,
    activity,
    log,
    queue: new KeyedQueue(),
    starts: new Gate(STARTS_AT_ONCE),
  }
  const processes = new ProcessManager({ engine, dataDir, startDir, snapshot })
  const sessions = new SessionLifetimes({
    bound: () => processes.boundSessions(),
    stop: session => void processes.stopBound(session), // tells its failures itself
  })
  return {
    version,
    dataDir,
    startedAt,
    events,
    processes,
    metrics,
    activity,
    settings,
    sessions,
    async open({ isAfterCrash = false } = {}) {
      engine.isAfterCrash = isAfterCrash
      launcher() // a missing program ends the start of the host, not that of a process
      engine.bootId = await os.bootId()
      await removeTemporaries(dataDir)
      await settings.load()
      await activity.open()
      await processes.open()
      sessions.begin()
    },
    async close({ stopAll = options.stopOnShutdown, graceMs } = {}) {
      sessions[Symbol.dispose]()
      events.publish({ type: 'host.closing', data: { pid: process.pid } })
      await processes.close({ stopAll, graceMs })
      await activity.close()
      engine.brake[Symbol.dispose]()
      metrics[Symbol.dispose]()
      await engine.matcher[Symbol.asyncDispose]()
      await engine.searcher[Symbol.asyncDispose]()
      await engine.scanner[Symbol.asyncDispose]()
      exits.close()
      ticker[Symbol.dispose]()
    },
  }
}
