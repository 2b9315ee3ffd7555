import { isAscii } from 'node:buffer'
import { stripVTControlCharacters as plain } from 'node:util'
import type { StreamName } from '#shared/schemas/logs'
import { toChunkPattern } from './chunk-pattern'
import { findCandidate } from './level-candidates'
import { ESCAPE, toLineTest, type LineFilter } from './line-filter'
import { decodeKept, MAX_LINE_BYTES } from './lines'

/** What is searched at once: lines that each end with a newline, or (`isLine`) the begin of one line. */
export interface Chunk {
  data: Buffer
  stream: StreamName
  isLine: boolean
  /** Of a line: its length without its newline, which may be more than `data` holds. */
  length: number
  isTerminated: boolean
}

const NEWLINE = 0x0A

/** Searched at once. Longer strings live where the collector comes rarely, and would pile up. */
const SLICE_BYTES = 96 * 1024

/** Gives where the lines that the filter wants begin and end (after their newline) in the chunk: one after the other, ascending. */
export function searchChunk({ data, stream, isLine, length, isTerminated }: Chunk, filter: LineFilter): number[] {
  const isWanted = toLineTest(filter, stream)
  if (isLine) return isWanted(decodeKept({ data, from: 0, length, isTerminated })) ? [0, data.length] : []
  const pattern = filter.pattern === undefined ? undefined : toChunkPattern(filter.pattern)
  const candidate = pattern === undefined ? undefined : new RegExp(pattern, `${filter.flags}gm`)
  const next = filter.level ? nextLevelLine : (from: number) => from
  const found: number[] = []
  for (let from = 0; from < data.length;) {
    const slice = data.subarray(from, sliceEnd(data, from))
    const places = candidate && !hasLongLine(slice) ? searchWhole(slice, candidate, isWanted) : searchEach(slice, next, isWanted)
    for (const place of places) found.push(from + place)
    from += slice.length
  }
  return found
}

/** The end of the last line that a slice has room for, at least of one. */
function sliceEnd(data: Buffer, from: number): number {
  if (from + SLICE_BYTES >= data.length) return data.length
  const newline = data.lastIndexOf(NEWLINE, from + SLICE_BYTES - 1)
  return (newline < from ? data.indexOf(NEWLINE, from) : newline) + 1
}

/** Line by line: right for every filter. `next` gives the begin of the next line to look at, from that of a line on. */
function searchEach(data: Buffer, next: (from: number, data: Buffer) => number, isWanted: (text: string) => boolean): number[] {
  const found: number[] = []
  for (let from = 0; from < data.length;) {
    const end = data.indexOf(NEWLINE, from) + 1
    if (isWanted(decodeKept({ data, from, length: end - 1 - from, isTerminated: true }))) found.push(from, end)
    from = next(end, data)
  }
  return found
}

/** Some candidates begin with the newline before their line. */
function nextLevelLine(from: number, data: Buffer): number {
  const found = from < data.length ? findCandidate(data, from - 1) : -1
  return found < 0 ? data.length : Math.max(from, data.lastIndexOf(NEWLINE, found) + 1)
}

/** All lines of a slice at once: `candidate` finds a place in each line that matches on its own, with or without its colours. */
function searchWhole(data: Buffer, candidate: RegExp, isWanted: (text: string) => boolean): number[] {
  const isSimple = isAscii(data) && !data.includes('\r\n')
  const text = isSimple ? data.toString('latin1') : data.toString().replaceAll('\r\n', '\n')
  const starts = candidateLines(text, candidate)
  const hasColours = text.includes(ESCAPE)
  if (isSimple && !hasColours) {
    return starts.flatMap((start) => {
      const end = text.indexOf('\n', start)
      return isWanted(text.slice(start, end)) ? [start, end + 1] : []
    })
  }
  const numbers = toNumbers(text, starts)
  const bare = hasColours ? plain(text) : ''
  const all = hasColours ? [...new Set([...numbers, ...toNumbers(bare, candidateLines(bare, candidate))])].sort((a, b) => a - b) : numbers
  return wantedOf(data, all, isWanted)
}

/** Where the lines begin in which `candidate` finds something. */
function candidateLines(text: string, candidate: RegExp): number[] {
  const starts: number[] = []
  for (let from = 0; from < text.length;) {
    candidate.lastIndex = from
    if (!candidate.test(text) || candidate.lastIndex >= text.length) break
    // It cannot have crossed a line end: its own end is still in the line.
    const place = candidate.lastIndex
    starts.push(place === 0 ? 0 : text.lastIndexOf('\n', place - 1) + 1)
    from = text.indexOf('\n', place) + 1
  }
  return starts
}

/** Turns places where lines begin into their numbers. Colours, returns and characters change places, but no number. */
function toNumbers(text: string, starts: readonly number[]): number[] {
  let number = 0
  let at = 0
  return starts.map((start) => {
    for (; at < start; number++) at = text.indexOf('\n', at) + 1
    return number
  })
}

function wantedOf(data: Buffer, numbers: readonly number[], isWanted: (text: string) => boolean): number[] {
  let number = 0
  let from = 0
  return numbers.flatMap((wanted) => {
    for (; number < wanted; number++) from = data.indexOf(NEWLINE, from) + 1
    const end = data.indexOf(NEWLINE, from) + 1
    return isWanted(decodeKept({ data, from, length: end - 1 - from, isTerminated: true })) ? [from, end] : []
  })
}

function hasLongLine(data: Buffer): boolean {
  for (let from = 0; from + MAX_LINE_BYTES < data.length;) {
    const newline = data.lastIndexOf(NEWLINE, from + MAX_LINE_BYTES)
    if (newline < from) return true
    from = newline + 1
  }
  return false
}
