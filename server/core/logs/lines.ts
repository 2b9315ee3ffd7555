/** Logs are read, counted and punched in aligned blocks of this size. */
export const BLOCK_BYTES = 65_536

/** What one line may take in an answer; the rest of it stays in the file. */
export const MAX_LINE_BYTES = 65_536

const NEWLINE = 0x0A
const RETURN = 0x0D

/** Gives the number of the block that holds the byte at `offset`. */
export function blockOf(offset: number): number {
  return Math.floor(offset / BLOCK_BYTES)
}

/** Gives the positions of all newlines in `data`, ascending. */
export function findNewlines(data: Buffer): number[] {
  const found: number[] = []
  for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, at + 1)) found.push(at)
  return found
}

/** Counts the newlines in `data`. */
export function countNewlines(data: Buffer): number {
  let count = 0
  for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, at + 1)) count++
  return count
}

/** Gives the index of the first of the ascending `values` that is not below `wanted`; their number when all are. */
export function lowerBound(values: readonly number[], wanted: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? Number.POSITIVE_INFINITY) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** The bytes of a line without its newline: the first of them in `data` from `from` on, `length` in all. */
export interface LineBytes { data: Buffer, from: number, length: number, isTerminated: boolean }

/**
 * Turns the bytes of a line into text. Invalid UTF-8 becomes U+FFFD.
 * A line over 64 KiB is cut between two characters, with a mark of how many bytes were left out.
 */
export function decodeLine(line: LineBytes): string {
  const left = line.length - keptLength(line)
  return left > 0 ? `${decodeKept(line)} … [${left} bytes left out]` : decodeKept(line)
}

/** Turns the bytes of a line into text as `decodeLine` does, without the mark: what patterns are matched with. */
export function decodeKept(line: LineBytes): string {
  const { data, from, length, isTerminated } = line
  const end = from + keptLength(line)
  const hasReturn = isTerminated && length > 0 && length <= MAX_LINE_BYTES && data[end - 1] === RETURN
  return data.toString('utf8', from, hasReturn ? end - 1 : end)
}

function keptLength({ data, from, length }: LineBytes): number {
  return length > MAX_LINE_BYTES ? characterBoundary(data, from + MAX_LINE_BYTES) - from : length
}

/** Gives the largest position up to `limit` that does not cut a UTF-8 sequence. */
function characterBoundary(bytes: Buffer, limit: number): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[limit - back] ?? 0
    if ((byte & 0xC0) === 0x80) continue
    return sequenceLength(byte) > back ? limit - back : limit
  }
  return limit
}

function sequenceLength(lead: number): number {
  if (lead >= 0xF0) return 4
  if (lead >= 0xE0) return 3
  return lead >= 0xC0 ? 2 : 1
}
