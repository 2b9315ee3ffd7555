import type { Logger } from './core/logger'
import { HAND_OVER } from './core/supervise/take-over'
import type { CloseOptions } from './core/vantage'

export interface SignalOptions {
  log: Logger
  isClosing: () => boolean
  /** Ends the host, then the process. */
  end: (how?: CloseOptions) => void
  /** An agent speaks to this process itself: it sends one signal after the other, and no other host could take it over. */
  isEmbedded: boolean
}

/**
 * SIGTERM, SIGINT and SIGHUP shut down, a second one exits at once; SIGUSR2 hands over to a newer version without ending a process;
 * an unexpected error ends the host, the next one adopts.
 */
export function trapSignalsOf({ log, isClosing, end, isEmbedded }: SignalOptions): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isClosing()) return isEmbedded ? undefined : process.exit(130)
      log.info('host', `${signal}: shutting down`)
      end()
    })
  }
  process.on(HAND_OVER, () => {
    if (isClosing()) return
    if (isEmbedded) return log.info('host', `${HAND_OVER}: not handed over, an agent speaks to this process`)
    log.info('host', `${HAND_OVER}: handing over, all processes run on`)
    end({ stopAll: false })
  })
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.error('host', `${event}: the host ends, its processes run on`, { error })
      process.exit(1)
    })
  }
}
