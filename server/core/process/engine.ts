import type { EventHub } from '../events'
import type { Logger } from '../logger'
import type { GrowthTicker } from '../logs/ticker'
import type { ExitWatch } from '../supervise/exit-watch'
import type { Launcher } from '../supervise/launcher'
import type { OperatingSystem } from '../supervise/operating-system'
import type { ProcessTable } from '../supervise/process-table'
import type { KeyedQueue } from './keyed-queue'

/** What all processes of a host share. */
export interface Engine {
  os: OperatingSystem
  table: ProcessTable
  /** How runs are launched here. */
  launcher: () => Launcher
  bootId: string
  /** What processes inherit; its PATH is that of a start without a caller. */
  environment: Record<string, string>
  exits: ExitWatch
  ticker: GrowthTicker
  events: EventHub
  log: Logger
  /** One queue per id over everything that changes a process. */
  queue: KeyedQueue
}
