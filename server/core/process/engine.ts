import type { EventHub } from '../events'
import type { Logger } from '../logger'
import type { FloodBrake } from '../logs/brake'
import type { ErrorScanner } from '../logs/digest/scanner'
import type { LineMatcher } from '../logs/matcher'
import type { LogSearcher } from '../logs/searcher'
import type { GrowthTicker } from '../logs/ticker'
import type { ActivityLog } from '../state/activity-log'
import type { SettingsStore } from '../state/settings-store'
import type { ExitWatch } from '../supervise/exit-watch'
import type { Launcher } from '../supervise/launcher'
import type { MetricsSampler } from '../supervise/metrics'
import type { OperatingSystem } from '../supervise/operating-system'
import type { ProcessTable } from '../supervise/process-table'
import type { Gate } from './gate'
import type { KeyedQueue } from './keyed-queue'

/** What a process may ask of the others; the manager answers. */
export interface Neighbours {
  /** Starts or restarts a process that nobody asked for by name: its policy or its watch does. */
  begin: (id: string, why: BeginReason) => void
  /** Ends a run as failed. */
  fail: (id: string, run: number, reason: string) => void
  /** Ports that are assigned to other processes. */
  takenPorts: (id: string) => ReadonlySet<number>
  /** The process to whose run a pid belongs. */
  ownerOf: (pid: number) => string | undefined
}

/** Why a start happens without a caller. */
export type BeginReason = { kind: 'policy' } | { kind: 'watch', path: string }

/** What all processes of a host share. */
export interface Engine {
  os: OperatingSystem
  table: ProcessTable
  /** How runs are launched here; known once the host is open. */
  launcher: () => Launcher
  bootId: string
  /** The last host has ended without a word: what it had suspended is to go on. */
  isAfterCrash: boolean
  /** Absolute path of the data directory: no watch looks into it. */
  dataDir: string
  /** What processes inherit; its PATH is that of a start without a caller. */
  environment: Record<string, string>
  exits: ExitWatch
  ticker: GrowthTicker
  metrics: MetricsSampler
  brake: FloodBrake
  /** Both run the regular expressions of users. */
  matcher: LineMatcher
  searcher: LogSearcher
  /** Looks for errors in the logs. */
  scanner: ErrorScanner
  events: EventHub
  settings: Pick<SettingsStore, 'value'>
  /** Takes what the host itself does that only a caller could have done else. */
  activity: Pick<ActivityLog, 'add'>
  log: Logger
  /** One queue per id over everything that changes a process. */
  queue: KeyedQueue
  /** Starts side by side: more of them would take all threads that read and write files, and leave none for answers. */
  starts: Gate
  neighbours: Neighbours
}
