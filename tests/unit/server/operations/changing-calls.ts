import type { Actor } from '#shared/caller'
import { parseInput } from '#shared/validation'
import { operations } from '../../../../server/operations'
import { perform } from '../../../../server/operations/perform'
import { define, openEngine, type TestEngine } from '../../../helpers/engine'
import { contextOf } from './call-context'

export const sleeper = { command: 'sleep', args: ['600'] }

interface ChangingCall {
  input: Record<string, unknown>
  /** It touches no process that is there. */
  isFree?: boolean
  /** It needs `kept` to run. */
  needsRun?: boolean
}

/** A call of every operation that changes something, on the process `kept` or its group. */
export const CALLS: Record<string, ChangingCall> = {
  create_process: { input: { id: 'new', ...sleeper, depends_on: { kept: 'started' } }, isFree: true },
  update_process: { input: { id: 'kept', description: 'changed' } },
  replace_process: { input: { id: 'kept', command: 'true' } },
  remove_process: { input: { id: 'kept', force: true } },
  start_process: { input: { id: 'kept' } },
  stop_process: { input: { id: 'kept' }, needsRun: true },
  restart_process: { input: { id: 'kept' } },
  send_input: { input: { id: 'kept', text: 'x' }, needsRun: true },
  clear_process_output: { input: { id: 'kept' } },
  start_group: { input: { group: 'all' } },
  stop_group: { input: { group: 'all' } },
  restart_group: { input: { group: 'all' } },
  update_settings: { input: { activity_limit: 7 }, isFree: true },
}

/** The names of the operations that change something. */
export const changing = operations.filter(({ effect }) => effect !== 'read').map(({ name }) => name)

/** An engine with the processes `kept` and `other` in the group `all`. */
export async function openWith(agents?: 'read_only'): Promise<TestEngine> {
  const engine = await openEngine({ stopOnShutdown: true }) // what has just been started shows no marks yet
  await engine.vantage.processes.create(define({ id: 'kept', command: 'cat', group: 'all', stdin: 'open', agents }), {})
  await engine.vantage.processes.create(define({ id: 'other', ...sleeper, group: 'all' }), {})
  return engine
}

/** Calls an operation by name, by default with its row of `CALLS`. */
export async function call({ vantage }: TestEngine, name: string, kind: Actor['kind'], raw: unknown = CALLS[name]?.input): Promise<unknown> {
  const operation = operations.find(each => each.name === name)
  if (!operation) throw new Error(`no operation ${name}`)
  return await perform(operation, parseInput(operation.input, raw), contextOf(vantage, kind))
}
