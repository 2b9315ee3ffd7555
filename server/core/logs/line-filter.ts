import { stripVTControlCharacters as plain } from 'node:util'
import type { LogLevel, StreamName } from '#shared/schemas/logs'
import { levelOf } from './level'

/** Which lines are wanted; as it goes to the thread. `flags` are without `g` and `y`, the pattern compiles with them. */
export interface LineFilter {
  pattern: string | undefined
  flags: string
  /** The least grave level that is wanted. */
  level: 'error' | 'warn' | undefined
}

export const ESCAPE = '\x1B'

const WANTED: Record<'error' | 'warn', readonly (LogLevel | undefined)[]> = { error: ['error'], warn: ['error', 'warn'] }

/** Makes the test of a line of a stream: the pattern matches it with or without its colours, and its level is wanted. */
export function toLineTest({ pattern, flags, level }: LineFilter, stream: StreamName): (text: string) => boolean {
  const expression = pattern === undefined ? undefined : new RegExp(pattern, flags)
  const isMatch = (text: string) => !expression || expression.test(text) || (text.includes(ESCAPE) && expression.test(plain(text)))
  const isWanted = (text: string) => !level || WANTED[level].includes(levelOf(text, stream))
  return text => isMatch(text) && isWanted(text)
}
