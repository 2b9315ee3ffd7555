import type { z } from 'zod'
import type { Actor, Caller } from '#shared/caller'
import type { Vantage } from '../core/vantage'

/** What a handler may use besides its input. */
export interface OperationContext {
  vantage: Vantage
  actor: Actor
  caller: Caller
  /** Aborted when the caller has gone away. */
  signal: AbortSignal
}

/** What an operation does to the world: `read` nothing, `operate` runs, `define` definitions. */
export type Effect = 'read' | 'operate' | 'define'

export interface Operation<I extends z.ZodType, O extends z.ZodType> {
  /** Name on the wire, snake_case: the tool's name and the activity's action. */
  name: string
  /** One or two sentences for people and agents, under 300 characters. */
  description: string
  effect: Effect
  input: I
  output: O
  /** Declared as a method, so that operations of any input fit into one list; call it with what `input` has parsed. */
  handler(input: z.output<I>, context: OperationContext): Promise<z.output<O>> | z.output<O>
}

/** Any operation: what a loop over all of them sees. */
export type AnyOperation = Operation<z.ZodType, z.ZodType>

/** Declares one thing Vantage can do. REST routes, MCP tools and the reference are made from it. */
export function defineOperation<I extends z.ZodType, O extends z.ZodType>(operation: Operation<I, O>): Operation<I, O> {
  return operation
}
