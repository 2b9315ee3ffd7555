import type { EventHandler } from 'h3'
import type { z } from 'zod'
import type { AnyOperation } from '../operations/define'

/** What a route answers when it worked. */
export interface RouteAnswer {
  status: 101 | 200 | 201 | 204
  /** Of the body, by default JSON. */
  type?: 'text/plain' | 'text/event-stream'
  /** Of the body, or of the `data` of each message of a stream. */
  schema?: z.ZodType
  /** How a body that is no JSON looks. */
  example?: string
}

/** What a route is, for the OpenAPI document and the reference. */
export interface RouteDescription {
  operation: Pick<AnyOperation, 'name' | 'description' | 'effect' | 'errors' | 'input'>
  answer: RouteAnswer
  /** Headers it reads besides those that every route does. */
  headers?: Readonly<Record<string, string>>
}

/** The verbs that routes have, in the order in which they are told. */
export const VERBS = ['get', 'post', 'put', 'patch', 'delete'] as const
export type Verb = (typeof VERBS)[number]

/** A route with its place, `:name` marking what of the path is an input. */
export interface DescribedRoute { method: Verb, path: string, description: RouteDescription }

const descriptions = new WeakMap<EventHandler, RouteDescription>()

/** Says of a handler what it is; gives the handler. */
export function describeRoute<H extends EventHandler>(handler: H, description: RouteDescription): H {
  descriptions.set(handler, description)
  return handler
}

/** What a handler is; undefined for one that is no route of its own. */
export function descriptionOf(handler: EventHandler): RouteDescription | undefined {
  return descriptions.get(handler)
}
