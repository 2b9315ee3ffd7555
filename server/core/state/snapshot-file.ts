import { stringify } from 'yaml'
import { z } from 'zod'
import { failure, VantageError } from '#shared/errors'
import { type ProcessState, STATES } from '#shared/lifecycle'
import { ProcessId, Timestamp } from '#shared/schemas/basics'
import { CreateProcessRequest, type ProcessDefinition } from '#shared/schemas/definition'
import { parseInput } from '#shared/validation'
import { type ParsedYaml, parseYaml } from './yaml'

/** One definition as `snapshot.yaml` keeps it; `state` only informs. */
export interface SnapshotEntry {
  definition: ProcessDefinition
  created_at: string
  updated_at: string
  state: ProcessState
}

/** An entry as it is read: a file written by hand needs no more than a definition. */
const WrittenEntry = CreateProcessRequest.partial({ id: true }).extend({
  created_at: Timestamp.optional(),
  updated_at: Timestamp.optional(),
  state: z.enum(STATES).optional(),
})

/** A snapshot as it is read, before anything is filled in. */
export const WrittenSnapshot = z.strictObject({
  version: z.literal(1, 'is not a version that this Vantage reads').optional(),
  processes: z.record(ProcessId, WrittenEntry),
})

/** How many definitions a snapshot holds at most. */
export const MAX_ENTRIES = 2000

const HEADER = '# Vantage snapshot: every definition, rewritten at each change.\n'
const END_MARK = '...'

/** Prints one entry; the result is kept, so that a change prints only what has changed. */
export function printEntry({ definition, ...rest }: SnapshotEntry): string {
  const text = stringify({ [definition.id]: { ...definition, ...rest } }, { lineWidth: 0, aliasDuplicateObjects: false })
  return text.split('\n').map(line => line && `  ${line}`).join('\n') // other line breaks are part of a text
}

/** Joins printed entries to a snapshot. It ends with the document-end mark, so that a cut file is seen to be cut. */
export function printSnapshot(entries: Iterable<string>): string {
  const body = [...entries].join('')
  return `${HEADER}version: 1\nprocesses:${body === '' ? ' {}\n' : `\n${body}`}${END_MARK}\n`
}

/** What a file by hand may leave out is taken from here. */
export interface SnapshotDefaults { cwd: string, now: string }

/**
 * Reads a snapshot: one that Vantage has written must be whole, to its end mark; one by hand need not have it.
 * Throws `SNAPSHOT_INVALID` with file, line and reason.
 */
export function parseSnapshot(text: string, file: string, defaults: SnapshotDefaults): SnapshotEntry[] {
  const { processes } = readWritten(text, file, WrittenSnapshot).value
  return Object.entries(processes).map(([id, written]) => {
    const { created_at = defaults.now, updated_at = created_at, state = 'NotStarted', ...request } = written
    return { definition: { ...request, id, cwd: request.cwd ?? request.project ?? defaults.cwd }, created_at, updated_at, state }
  })
}

type Written = z.output<typeof WrittenSnapshot>

/** Reads a file of the form that `schema` says; throws as `parseSnapshot` does. */
export function readWritten<S extends z.ZodType<Written>>(text: string, file: string, schema: S) {
  if (text.trim() === '') throw failure('SNAPSHOT_INVALID', { file, reason: 'it is empty' })
  if (text.startsWith(HEADER) && !text.trimEnd().endsWith(`\n${END_MARK}`)) {
    throw failure('SNAPSHOT_INVALID', { file, reason: 'it was cut off: the end mark "..." is missing', line: text.split('\n').length })
  }
  // Every entry has one, so far more of them are far more entries: not even looked at, for that would take a minute.
  if ((text.match(/\bcommand["']?\s*:/g)?.length ?? 0) > 2 * MAX_ENTRIES) throw tooMany(file)
  const { value: raw, lineOf } = parseYaml(text, file)
  const value = validated(schema, raw, { file, lineOf })
  if (Object.keys(value.processes).length > MAX_ENTRIES) throw tooMany(file)
  for (const [id, written] of Object.entries(value.processes)) {
    if (written.id === undefined || written.id === id) continue
    throw failure('SNAPSHOT_INVALID', { file, reason: `the entry "${id}" has the id "${written.id}"`, line: lineOf(['processes', id]) })
  }
  return { value, lineOf }
}

const tooMany = (file: string) => failure('SNAPSHOT_INVALID', { file, reason: `it has more than ${MAX_ENTRIES} entries` })

interface Place { file: string, lineOf: ParsedYaml['lineOf'] }

function validated<S extends z.ZodType<Written>>(schema: S, value: unknown, { file, lineOf }: Place): z.output<S> {
  try {
    return parseInput(schema, value)
  }
  catch (error) {
    if (!(error instanceof VantageError)) throw error
    const path = error.details?.[0]?.field.split('.') ?? []
    throw failure('SNAPSHOT_INVALID', { file, reason: error.message, line: lineOf(path) }, error)
  }
}
