import { VantageError } from '#shared/errors'

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export type Logger = { readonly [L in LogLevel]: (tag: string, message: string, fields?: Record<string, unknown>) => void }

export interface LoggerOptions {
  level: LogLevel
  /** JSON lines for programs, plain lines for a terminal. */
  json: boolean
  write: (line: string) => void
}

/** Makes the host's own log: one line per call, levelled and tagged; never environment values. */
export function createLogger({ level, json, write }: LoggerOptions): Logger {
  const limit = LOG_LEVELS.indexOf(level)
  const at = (name: LogLevel) => (tag: string, message: string, fields: Record<string, unknown> = {}) => {
    if (LOG_LEVELS.indexOf(name) > limit) return
    const time = new Date().toISOString()
    const plain = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? describe(value) : value]))
    write(json
      ? `${JSON.stringify({ time, level: name, tag, message, ...plain })}\n`
      : `${time} ${name.toUpperCase().padEnd(5)} [${tag}] ${message}${toWords(plain)}\n`)
  }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), trace: at('trace') }
}

function toWords(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)}`)
    .join('')
}

function describe(error: Error): string {
  const own = error instanceof VantageError ? `${error.code}: ${error.message}` : error.stack ?? error.message
  return error.cause instanceof Error ? `${own}; caused by ${describe(error.cause)}` : own
}
