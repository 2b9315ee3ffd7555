import type { z } from 'zod'
import type { Actor, Caller } from '#shared/caller'
import type { ErrorCode } from '#shared/errors'
import type { UndoCall } from '#shared/schemas/activity'
import type { Vantage } from '../core/vantage'

/** What comes with a call besides its input. */
export interface CallContext {
  vantage: Vantage
  actor: Actor
  caller: Caller
  /** Aborted when the caller has gone away. */
  signal: AbortSignal
}

/** What the activity says of a call that worked. */
export interface Told {
  /** One line for people, in the past tense: `Started web (pid 4242)`. No value of an environment in it. */
  summary: string
  /** Where it is not the `id` of the input. */
  processId?: string
  /** The call that takes this one back. */
  undo?: UndoCall
}

/** What a handler may use besides its input. */
export interface OperationContext extends CallContext {
  /** Tells what was done, for the activity. Every handler that changes something calls it once, before it answers. */
  tell: (what: Told) => void
}

/** What an operation does to the world: `read` nothing, `operate` runs, `define` definitions. */
export type Effect = 'read' | 'operate' | 'define'

interface Described<I extends z.ZodType, O extends z.ZodType> {
  /** Name on the wire, snake_case: the tool's name and the activity's action. */
  name: string
  /** One or two sentences for people and agents, under 300 characters. */
  description: string
  /** What it may be refused with besides what every call may: a bad input, a guard, a full disk. */
  errors?: readonly ErrorCode[]
  input: I
  output: O
  /** Declared as a method, so that operations of any input fit into one list; call it with what `input` has parsed. */
  handler(input: z.output<I>, context: OperationContext): Promise<z.output<O>> | z.output<O>
}

interface Changing<I extends z.ZodType> {
  effect: Exclude<Effect, 'read'>
  /** The processes that a call would change, as things are now: an agent needs all of them to be open to it. */
  touches(input: z.output<I>, processes: Vantage['processes']): readonly string[]
}

export type Operation<I extends z.ZodType, O extends z.ZodType> = Described<I, O> & ({ effect: 'read' } | Changing<I>)

/** Any operation: what a loop over all of them sees. */
export type AnyOperation = Operation<z.ZodType, z.ZodType>

/** Declares one thing Vantage can do. REST routes, MCP tools and the reference are made from it. */
export function defineOperation<I extends z.ZodType, O extends z.ZodType>(operation: Operation<I, O>): Operation<I, O> {
  return operation
}
