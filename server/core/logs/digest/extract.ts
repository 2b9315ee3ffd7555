import { stripVTControlCharacters as plain } from 'node:util'
import type { StreamName } from '#shared/schemas/logs'
import { toTemplate } from '#shared/line-template'
import { levelOf } from '../level'
import { findCandidate } from '../level-candidates'
import { attach, beginError, framesOf, type OpenError, type PlainLine } from './open-error'

/** What is handed on from one chunk of a stream to the next. */
export interface ExtractState {
  open?: OpenError | undefined
  /** The chunk before ended within a line: up to the next newline there is nothing to read. */
  isInLine?: boolean | undefined
}

/** A piece of a stream: whole lines, or the part of one that is longer than the piece. */
export interface Chunk {
  data: Uint8Array
  /** Offset of its first byte in the stream. */
  offset: number
  stream: StreamName
  state: ExtractState
  /** Nothing follows: an error at its end is complete. */
  isLast: boolean
}

/** The text of one occurrence and where it stands. */
export interface Found { text: string, start: number, end: number }

/** Occurrences of the same kind. */
export interface FoundGroup {
  level: OpenError['level']
  template: string
  rank: number
  count: number
  first: Found
  last: Found
  frames: string[]
  foreign: number
}

export interface Extract { groups: FoundGroup[], state: ExtractState, lines: number }

const NEWLINE = 0x0A
const MAX_READ = 16_384
/** Kinds in one answer: of a flood of different errors the first and the newest ones are kept. */
const MAX_GROUPS = 400

/** Finds the errors and warnings of a chunk with what belongs to them. */
export function extract({ data, offset, stream, state, isLast }: Chunk): Extract {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const groups = new Map<string, FoundGroup>()
  let open = state.open && structuredClone(state.open)
  let at = state.isInLine ? startAfter(bytes, 0) : 0
  while (at < bytes.length) {
    if (!open) at = at === 0 ? 0 : nextCandidate(bytes, at)
    if (at >= bytes.length) break
    const line = readLine(bytes, at, offset)
    if (open && attach(open, line)) {
      at = line.end - offset
      continue
    }
    if (open) addTo(groups, open)
    const level = levelOf(line.text, stream)
    open = level === 'error' || level === 'warn' ? beginError(line, level) : undefined
    at = line.end - offset
  }
  if (open && isLast) addTo(groups, open)
  const isInLine = bytes.length > 0 && bytes.at(-1) !== NEWLINE && !isLast
  return { groups: [...groups.values()], state: { open: isLast ? undefined : open, isInLine }, lines: countLines(bytes) }
}

/** Makes a group of a single error. */
export function toGroup(error: OpenError): FoundGroup {
  const { level, rank, text, start, end, foreign } = error
  const found = { text, start, end }
  return { level, rank, template: toTemplate(text), count: 1, first: found, last: found, frames: framesOf(error), foreign }
}

function addTo(groups: Map<string, FoundGroup>, error: OpenError): void {
  const group = toGroup(error)
  const key = `${group.level} ${group.template}`
  const known = groups.get(key)
  if (!known && groups.size >= MAX_GROUPS) groups.delete([...groups.keys()][MAX_GROUPS / 2] ?? '')
  if (!known) groups.set(key, group)
  else Object.assign(known, merged(known, group))
}

function merged(known: FoundGroup, { rank, last, frames, foreign }: FoundGroup): Partial<FoundGroup> {
  const hasMore = frames.length > known.frames.length
  return { count: known.count + 1, rank: Math.max(known.rank, rank), last, ...(hasMore && { frames, foreign }) }
}

/** The start of the next line that may have a level; the end of the bytes when there is none. */
function nextCandidate(bytes: Buffer, from: number): number {
  // Some marks begin with the newline before their line.
  let found = findCandidate(bytes, from - 1)
  while (found >= 0 && isNoErrors(bytes, found)) found = findCandidate(bytes, found + 1)
  if (found < 0) return bytes.length
  return found < from ? from : bytes.lastIndexOf(NEWLINE, found) + 1
}

const ZERO = 0x30
const NINE = 0x39
const SPACE = 0x20
const LETTER_S = 0x73

/** `0 errors`, which every build says: where its line has a level, another word of it tells. */
function isNoErrors(bytes: Buffer, at: number): boolean {
  if (bytes[at - 1] !== SPACE || bytes[at - 2] !== ZERO || bytes[at + 5] !== LETTER_S) return false
  const before = bytes[at - 3] ?? SPACE
  return !(before >= ZERO && before <= NINE) && bytes.toString('latin1', at, at + 5) === 'error'
}

function readLine(bytes: Buffer, at: number, offset: number): PlainLine {
  const end = startAfter(bytes, at)
  const text = bytes.toString('utf8', at, Math.min(bytes[end - 1] === NEWLINE ? end - 1 : end, at + MAX_READ))
  // An unterminated last line ends one byte after the stream: see LogFile.
  return { text: toPlain(text), start: offset + at, end: offset + end + (bytes[end - 1] === NEWLINE ? 0 : 1) }
}

/** What a terminal would show of a line that overwrites itself, without its colours. */
function toPlain(text: string): string {
  const last = text.includes('\r') ? text.split('\r').findLast(part => part.trim() !== '') ?? '' : text
  return last.includes('\x1B') ? plain(last) : last
}

function startAfter(bytes: Buffer, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at)
  return newline < 0 ? bytes.length : newline + 1
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++
  return count
}
