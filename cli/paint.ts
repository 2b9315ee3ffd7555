import type { Mood } from './status-words'

const CODES = { good: 32, busy: 33, bad: 31, quiet: 2 } as const

export type Paint = (text: string, mood: Mood) => string

/** Gives what colours a text: at a terminal only, and not where NO_COLOR (no-color.org) or a dumb terminal forbids it. */
export function createPaint(isTerminal: boolean, { NO_COLOR, TERM }: NodeJS.ProcessEnv): Paint {
  if (!isTerminal || NO_COLOR || TERM === 'dumb') return text => text
  return (text, mood) => `\u001B[${CODES[mood]}m${text}\u001B[0m`
}
