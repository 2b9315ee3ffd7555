import { stat } from 'node:fs/promises'
import { failure } from '#shared/errors'
import type { ProcessDefinition } from '#shared/schemas/definition'
import { findCommand } from '../supervise/find-command'
import { assignPorts } from './assign-ports'
import type { Engine } from './engine'
import { readEnvFiles } from './env-file'
import type { Run } from './run'

/** With what a run is launched, found out right before. */
export interface LaunchPlan {
  /** The whole environment but the marks of the run. */
  env: Record<string, string>
}

/** What is known before a start. */
export interface Earlier {
  /** PATH of the caller or of the last start. */
  path?: string | undefined
  /** Ports of the last start, by variable. */
  ports?: Record<string, number> | undefined
}

export interface PlanOptions extends Earlier {
  /** Remembers ports as given out, before others choose. */
  keepPorts: (ports: Record<string, number>) => Promise<void>
}

/** The queue in which ports are given out: what one process gets, the next one sees as taken. */
const PORTS = 'ports of all'

/**
 * Makes sure that a start can happen, and gives what it needs. Throws `CWD_NOT_FOUND`, `COMMAND_NOT_FOUND`,
 * `COMMAND_NOT_EXECUTABLE`, and what an environment file is refused with.
 */
export async function planLaunch(engine: Engine, definition: ProcessDefinition, options: PlanOptions): Promise<LaunchPlan> {
  const { command, cwd } = definition
  const info = await stat(cwd).catch(() => undefined)
  if (!info) throw failure('CWD_NOT_FOUND', { cwd, reason: 'it does not exist' })
  if (!info.isDirectory()) throw failure('CWD_NOT_FOUND', { cwd, reason: 'it is not a directory' })
  const ports = definition.assign_ports && await givePorts(engine, definition, options)
  const env = await composeEnvironment(engine, definition, { path: options.path, ports })
  await findCommand(command, { path: env.PATH ?? '', cwd })
  return { env }
}

/** The environment of a run that is alive, without its marks; of an adopted one made again. For what is run beside it. */
export async function environmentOf(engine: Engine, run: Pick<Run, 'env'> & { spec: Pick<Run['spec'], 'definition'> }): Promise<Record<string, string>> {
  return run.env ?? await composeEnvironment(engine, run.spec.definition, {})
}

async function givePorts(
  engine: Engine,
  { id, project, assign_ports: rules = {} }: ProcessDefinition,
  { ports, keepPorts }: PlanOptions,
): Promise<Record<string, number>> {
  return await engine.queue.run(PORTS, async () => {
    const given = await assignPorts(rules, { id, project, remembered: ports ?? {}, taken: engine.neighbours.takenPorts(id) })
    await keepPorts(given)
    return given
  })
}

async function composeEnvironment(
  engine: Engine,
  { cwd, env, env_file: files }: ProcessDefinition,
  { path, ports }: Earlier,
): Promise<Record<string, string>> {
  const inherited = { ...engine.environment, ...(path !== undefined && { PATH: path }) }
  const fromFiles = files === undefined ? {} : await readEnvFiles(files, { cwd, inherited })
  const numbers = Object.entries(ports ?? {}).map(([name, port]) => [name, String(port)])
  return { ...inherited, ...fromFiles, ...Object.fromEntries(numbers), ...env }
}
