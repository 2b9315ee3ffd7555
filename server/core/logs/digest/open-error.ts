import { toShownLine } from '#shared/clean-text'
import { isException, markedLevel } from '../level'
import { belongingOf, isForeign } from './belonging'

/** An error or a warning of which more may follow. Plain data: it is handed on from chunk to chunk and kept in a file. */
export interface OpenError {
  level: 'error' | 'warn'
  /** How sure it is: 3 an exception, 2 a line that says its level, 1 mere words. */
  rank: number
  text: string
  isTraceback: boolean
  isChained: boolean
  isPython: boolean
  causes: string[]
  own: string[]
  notes: string[]
  foreign: number
  blanks: number
  lines: number
  /** Offsets of the line that is shown. */
  start: number
  end: number
}

/** A line free of colours with its offsets. */
export interface PlainLine { text: string, start: number, end: number }

const MAX_FRAMES = 40
const MAX_NOTES = 5
const MAX_CAUSES = 3
/** What is attached at most: a program that indents everything has no end. */
const MAX_LINES = 300
const MAX_BLANKS = 2
const EXCEPTION_RANK = 3

/** Begins an error with the line that has its level. */
export function beginError(line: PlainLine, level: OpenError['level']): OpenError {
  const isTraceback = /^\s*Traceback \(/.test(line.text)
  const rank = isException(line.text) ? EXCEPTION_RANK : markedLevel(line.text) ? 2 : 1
  return {
    level, rank, text: toShownLine(line.text), isTraceback, isChained: false, isPython: isTraceback,
    causes: [], own: [], notes: [], foreign: 0, blanks: 0, lines: 0, start: line.start, end: line.end,
  }
}

/** Adds the line to the error when it belongs to it; false when the error has ended before it. */
export function attach(error: OpenError, line: PlainLine): boolean {
  if (++error.lines > MAX_LINES) return false
  if (line.text.trim() === '') return ++error.blanks <= MAX_BLANKS
  const hasFrames = error.own.length + error.foreign > 0
  const belonging = belongingOf(line.text, { ...error, isException: error.rank === EXCEPTION_RANK, hasFrames })
  if (belonging === undefined) return false
  error.blanks = 0
  if (belonging === 'frame') addFrame(error, line.text)
  else if (belonging === 'message') setMessage(error, line)
  else if (belonging === 'chain') chain(error, line.text)
  else if (belonging === 'cause') addCause(error, line.text)
  else if (belonging === 'note' && error.notes.length < MAX_NOTES) error.notes.push(toShownLine(line.text))
  return true
}

/** What is shown of an error besides its text: causes, own frames, and where there are none, what else it told. */
export function framesOf({ causes, own, notes }: OpenError): string[] {
  return [...causes, ...own, ...(own.length > 0 ? [] : notes)].slice(0, MAX_FRAMES)
}

function addFrame(error: OpenError, text: string): void {
  if (error.rank < EXCEPTION_RANK && /^\s+(?:at|File)\s/.test(text)) error.rank = EXCEPTION_RANK
  if (isForeign(text)) error.foreign++
  else if (error.isPython) error.own = [toShownLine(text), ...error.own].slice(0, MAX_FRAMES) // the innermost call comes last
  else if (error.own.length < MAX_FRAMES) error.own.push(toShownLine(text))
}

function setMessage(error: OpenError, { text, start, end }: PlainLine): void {
  Object.assign(error, { text: toShownLine(text), isTraceback: false, isChained: false, start, end })
}

function chain(error: OpenError, text: string): void {
  if (!/^\s*Traceback/.test(text)) {
    error.isChained = true
    return
  }
  addCause(error, error.text)
  error.isTraceback = true
}

function addCause(error: OpenError, text: string): void {
  error.rank = EXCEPTION_RANK
  error.causes = [...error.causes, toShownLine(text)].slice(-MAX_CAUSES)
}
