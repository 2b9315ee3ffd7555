import { failure } from '#shared/errors'
import type { StreamName } from '#shared/schemas/logs'
import { BLOCK_BYTES } from './lines'
import type { Cut } from './log-meta'

/** A byte offset in one file, with the newlines between the start of its 64 KiB block and it, where they are known. */
export interface Mark {
  offset: number
  lines: number | undefined
}

/**
 * A place in a process's log: after everything that ends at or before the two offsets.
 * `own` names the stream of the line it was given for; without it the cursor is a mere position.
 */
export interface Cursor {
  run: number
  generation: number
  stdout: Mark
  stderr: Mark
  own: StreamName | undefined
}

/** The fields in which a cursor can come. */
export type CursorField = 'since' | 'before' | 'around'

export const START: Mark = { offset: 0, lines: 0 }

/** The parts of a cursor before the stream of its line. */
const PLACE_PARTS = 5

const LETTERS = { stdout: 'o', stderr: 'e' } as const
const NUMBER = '(0|[1-9a-z][0-9a-z]{0,10})'
const MARK = `${NUMBER}(?:_${NUMBER})?`
const FORM = new RegExp(`^([0-9a-z]+)\\.${NUMBER}\\.${NUMBER}\\.${MARK}\\.${MARK}(?:\\.([oe]))?$`)

/** Writes a cursor: `incarnation.run.generation.stdout.stderr[.o|.e]`, numbers in base 36, a mark as `offset[_lines]`. */
export function formatCursor(incarnation: string, { run, generation, stdout, stderr, own }: Cursor): string {
  const place = `${incarnation}.${run.toString(36)}.${generation.toString(36)}.${formatMark(stdout)}.${formatMark(stderr)}`
  return own === undefined ? place : `${place}.${LETTERS[own]}`
}

/**
 * Reads a cursor given by a caller in one of these fields. Only what `formatCursor` writes is accepted.
 * Throws `VALIDATION_FAILED` for anything else and for a cursor of another incarnation of the process.
 */
export function parseCursor(text: string, field: CursorField, incarnation: string): Cursor {
  const [, tag, run = '', generation = '', out = '', outLines, err = '', errLines, letter] = FORM.exec(text) ?? []
  if (tag === undefined) throw refuse(field, 'is not a cursor of a log')
  if (tag !== incarnation) throw refuse(field, 'is a cursor of a process that was removed, or of another one')
  const cursor: Cursor = {
    run: toNumber(run),
    generation: toNumber(generation),
    stdout: toMark(out, outLines),
    stderr: toMark(err, errLines),
    own: letter === undefined ? undefined : letter === 'o' ? 'stdout' : 'stderr',
  }
  if (!isSound(cursor) || formatCursor(incarnation, cursor) !== text) throw refuse(field, 'is not a cursor of a log')
  return cursor
}

/** Gives the incarnation of the process whose cursor `text` is. Throws `VALIDATION_FAILED` for what has not the form of one. */
export function incarnationOf(text: string, field: CursorField): string {
  const [, incarnation] = FORM.exec(text) ?? []
  if (incarnation === undefined) throw refuse(field, 'is not a cursor of a log')
  return incarnation
}

/** Gives the place behind the line of a cursor as a cursor of its own: what excludes a line excludes nothing there. */
export function withoutLine(cursor: string): string {
  return cursor.split('.').slice(0, PLACE_PARTS).join('.')
}

/** What of a run decides where a cursor of an earlier generation stands. */
interface Cuttable {
  generation: number
  streams: Readonly<Record<StreamName, { cut: Cut | undefined }>>
}

/**
 * Gives the cursor its place in the present generation of its run. What lies beyond the last cut but was given before it
 * stands at the cut: what came then was cut off.
 */
export function clampToCut(cursor: Cursor, { generation, streams }: Cuttable): Cursor {
  const place = (mark: Mark, cut: Cut | undefined): Mark => {
    return cut && cursor.generation < cut.generation && mark.offset > cut.at ? { offset: cut.at, lines: 0 } : mark
  }
  return { ...cursor, generation, stdout: place(cursor.stdout, streams.stdout.cut), stderr: place(cursor.stderr, streams.stderr.cut) }
}

/** Makes the refusal of a cursor in one field. */
export function refuse(field: CursorField, reason: string) {
  return failure('VALIDATION_FAILED', { problems: [{ field, reason }] })
}

function isSound({ run, generation, stdout, stderr, own }: Cursor): boolean {
  const numbers = [run, generation, stdout.offset, stderr.offset, stdout.lines ?? 0, stderr.lines ?? 0]
  const marks = [stdout, stderr].every(({ offset, lines }) => (lines ?? 0) <= offset % BLOCK_BYTES)
  const owned = own === undefined || (own === 'stdout' ? stdout : stderr).offset > 0
  return numbers.every(Number.isSafeInteger) && marks && owned
}

function formatMark({ offset, lines }: Mark): string {
  if (offset === 0 || lines === undefined) return offset.toString(36)
  return `${offset.toString(36)}_${lines.toString(36)}`
}

function toMark(offset: string, lines: string | undefined): Mark {
  const at = toNumber(offset)
  if (at === 0) return lines === undefined ? START : { offset: 0, lines: Number.NaN }
  return { offset: at, lines: lines === undefined ? undefined : toNumber(lines) }
}

const toNumber = (text: string) => Number.parseInt(text, 36)
