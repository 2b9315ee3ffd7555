import type { LogLevel } from '#shared/schemas/logs'

/** What loggers call their levels, in lower case. */
export const LEVEL_NAMES: Readonly<Record<string, LogLevel>> = {
  error: 'error', err: 'error', fatal: 'error', critical: 'error', crit: 'error', panic: 'error', severe: 'error',
  emergency: 'error', emerg: 'error', alert: 'error', fail: 'error', failed: 'error', failure: 'error', ftl: 'error', eror: 'error',
  warning: 'warn', warn: 'warn', wrn: 'warn',
  information: 'info', info: 'info', notice: 'info', inf: 'info',
  debug: 'debug', dbug: 'debug', dbg: 'debug', trace: 'debug', trce: 'debug', trc: 'debug', verbose: 'debug', silly: 'debug',
}

const LETTERS: Readonly<Record<string, LogLevel>> = { F: 'error', E: 'error', W: 'warn', I: 'info', D: 'debug' }
const NUMBERS: Readonly<Record<string, LogLevel>> = { 60: 'error', 50: 'error', 40: 'warn', 30: 'info', 20: 'debug', 10: 'debug' }

/** Gives the level of a name in any case, of a letter as klog uses it, or of a number of pino or bunyan. */
export function toLevel(name: string): LogLevel | undefined {
  const key = name.toLowerCase()
  return NUMBERS[name] ?? LETTERS[name] ?? (Object.hasOwn(LEVEL_NAMES, key) ? LEVEL_NAMES[key] : undefined)
}
