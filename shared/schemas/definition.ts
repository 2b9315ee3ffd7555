import { z } from 'zod'
import { Argument, Directory, EnvName, ProcessId, SystemText } from './basics'
import { AgentAccess } from './settings'
import {
  AssignedPorts, Dependencies, DependencyCondition, EnvFiles, Limits, OutputMode, ReadyRules, RestartRules, StdinMode, StopRules,
  WatchRules,
} from './supervision'

const Label = z.string().min(1, 'may not be empty').max(64)

/** The name by which several processes are started and stopped together. */
export const GroupName = Label

/** The fields of a definition that say what is run and how; a change of one of them needs a new run. */
export const LAUNCH_FIELDS = [
  'command', 'args', 'env', 'cwd', 'env_file', 'assign_ports', 'stdin', 'output', 'ready', 'limits', 'watch',
] as const

const fields = {
  command: SystemText.min(1, 'may not be empty').max(4096).describe('Executable: a name on PATH or a path. No shell.'),
  args: z.array(Argument).max(1000).describe('Arguments, passed to the program as they are.'),
  env: z.record(EnvName, Argument).describe('Variables added to the environment of the host.'),
  cwd: Directory.describe('Working directory: absolute, "~/…", or relative to project.'),
  project: Directory.describe('Absolute directory of the project the process belongs to.'),
  auto_start_on_restore: z.boolean().describe('Start it after a reboot and at an import.'),
  description: z.string().max(2000),
  group: GroupName,
  tags: z.array(Label).max(32),
  env_file: EnvFiles.describe('Dotenv files, read at each start.'),
  assign_ports: AssignedPorts.describe('Variables that get a port.'),
  stdin: StdinMode,
  output: OutputMode,
  restart: RestartRules,
  ready: ReadyRules,
  depends_on: Dependencies,
  stop: StopRules,
  limits: Limits,
  watch: WatchRules,
  agents: AgentAccess.describe('What agents may do with it; set by people only.'),
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
  env_file: fields.env_file.optional(),
  assign_ports: fields.assign_ports.optional(),
  stdin: fields.stdin.optional(),
  output: fields.output.optional(),
  restart: fields.restart.optional(),
  ready: fields.ready.optional(),
  depends_on: fields.depends_on.optional(),
  stop: fields.stop.optional(),
  limits: fields.limits.optional(),
  watch: fields.watch.optional(),
  agents: fields.agents.optional(),
})
export type CreateProcessRequest = z.output<typeof CreateProcessRequest>

/** A definition as it is kept: `cwd` is absolute and always there. */
export const ProcessDefinition = CreateProcessRequest.extend({ cwd: fields.cwd })
export type ProcessDefinition = z.output<typeof ProcessDefinition>

/** A partial change: shallow, `env` and `depends_on` merge by key, `null` clears (CONTRACT §4, PATCH). */
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
  env_file: fields.env_file.nullish(),
  assign_ports: fields.assign_ports.nullish(),
  stdin: fields.stdin.nullish(),
  output: fields.output.nullish(),
  restart: fields.restart.nullish(),
  ready: fields.ready.nullish(),
  depends_on: z.record(ProcessId, DependencyCondition.nullable()).nullish(),
  stop: fields.stop.nullish(),
  limits: fields.limits.nullish(),
  watch: fields.watch.nullish(),
  agents: fields.agents.nullish(),
})
export type ProcessPatch = z.output<typeof ProcessPatch>
