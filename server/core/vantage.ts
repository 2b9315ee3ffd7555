import type { EventHub } from './events'
import type { ProcessManager } from './process/process-manager'

export interface Vantage {
  readonly version: string
  readonly dataDir: string
  readonly startedAt: Date
  readonly events: EventHub
  readonly processes: ProcessManager
  /** Loads the definitions, adopts what runs and finishes what was begun. Call once, after the lock is held. */
  open: () => Promise<void>
  /** Announces the end, stops the processes where that is asked for, and saves the state. */
  close: () => Promise<void>
}
