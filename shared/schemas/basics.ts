import { z } from 'zod'

/** Names that plain objects inherit: an id like these would be mistaken for a member. */
const RESERVED_IDS = new Set(['prototype', ...Object.getOwnPropertyNames(Object.prototype)])

const NUL = '\0'

/** Text that can be handed to the operating system: no NUL in it. */
export const SystemText = z.string().refine(text => !text.includes(NUL), 'may not contain a NUL character')

export const ProcessId = z.string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: 'must begin with a letter or digit and have at most 64 letters, digits, ".", "_" and "-"',
    abort: true,
  })
  .refine(id => !RESERVED_IDS.has(id), 'is a reserved name')
export type ProcessId = z.output<typeof ProcessId>

export const EnvName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of letters, digits and "_" that does not begin with a digit')

const MAX_ARGUMENT_BYTES = 128 * 1024

/** One argument of a program: Linux refuses 128 KiB and more in a single one. */
export const Argument = SystemText.refine(
  text => new TextEncoder().encode(text).length < MAX_ARGUMENT_BYTES,
  'must be shorter than 128 KiB',
)

export const Directory = SystemText.min(1, 'may not be empty').max(4096)

/** A TCP port that can be listened on. */
export const Port = z.int('must be a whole number').min(1, 'must be at least 1').max(65_535, 'must be at most 65535')

/** RFC 3339, UTC. */
export const Timestamp = z.iso.datetime()
