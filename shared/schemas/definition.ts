import { z } from 'zod'

/** Names that plain objects inherit: an id like these would be mistaken for a member. */
const RESERVED_IDS = new Set(['prototype', ...Object.getOwnPropertyNames(Object.prototype)])

const NUL = '\0'
const MAX_ARGUMENT_BYTES = 128 * 1024

/** Text that can be handed to the operating system: no NUL in it. */
export const SystemText = z.string().refine(text => !text.includes(NUL), 'may not contain a NUL character')

/** One argument of a program: Linux refuses 128 KiB and more in a single one. */
export const Argument = SystemText.refine(
  text => new TextEncoder().encode(text).length < MAX_ARGUMENT_BYTES,
  'must be shorter than 128 KiB',
)

export const ProcessId = z.string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: 'must begin with a letter or digit and have at most 64 letters, digits, ".", "_" and "-"',
    abort: true,
  })
  .refine(id => !RESERVED_IDS.has(id), 'is a reserved name')
export type ProcessId = z.output<typeof ProcessId>

export const EnvName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of letters, digits and "_" that does not begin with a digit')

export const Directory = SystemText.min(1, 'may not be empty').max(4096)

const Label = z.string().min(1, 'may not be empty').max(64)

/** The fields of a definition that say what is run and how; a change of one of them needs a new run. */
export const LAUNCH_FIELDS = ['command', 'args', 'env', 'cwd'] as const

const fields = {
  command: SystemText.min(1, 'may not be empty').max(4096).describe('Executable: a name on PATH or a path. No shell.'),
  args: z.array(Argument).max(1000).describe('Arguments, passed to the program as they are.'),
  env: z.record(EnvName, Argument).describe('Variables added to the environment of the host.'),
  cwd: Directory.describe('Working directory: absolute, "~/…", or relative to project.'),
  project: Directory.describe('Absolute directory of the project the process belongs to.'),
  auto_start_on_restore: z.boolean().describe('Start it after a reboot and at an import.'),
  description: z.string().max(2000),
  group: Label,
  tags: z.array(Label).max(32),
}

/** A definition as a caller sends it: only `id` and `command` are required (CONTRACT §3). */
export const CreateProcessRequest = z.strictObject({
  id: ProcessId,
  command: fields.command,
  args: fields.args.default([]),
  env: fields.env.default({}),
  cwd: fields.cwd.optional(),
  project: fields.project.optional(),
  auto_start_on_restore: fields.auto_start_on_restore.default(false),
  description: fields.description.optional(),
  group: fields.group.optional(),
  tags: fields.tags.optional(),
})
export type CreateProcessRequest = z.output<typeof CreateProcessRequest>

/** A definition as it is kept: `cwd` is absolute and always there. */
export const ProcessDefinition = CreateProcessRequest.extend({ cwd: fields.cwd })
export type ProcessDefinition = z.output<typeof ProcessDefinition>

/** A partial change: shallow, `env` merges by name, `null` clears (CONTRACT §4, PATCH). */
export const ProcessPatch = z.strictObject({
  command: fields.command.optional(),
  args: fields.args.nullish(),
  env: z.record(EnvName, Argument.nullable()).nullish(),
  cwd: fields.cwd.nullish(),
  project: fields.project.nullish(),
  auto_start_on_restore: fields.auto_start_on_restore.nullish(),
  description: fields.description.nullish(),
  group: fields.group.nullish(),
  tags: fields.tags.nullish(),
})
export type ProcessPatch = z.output<typeof ProcessPatch>
