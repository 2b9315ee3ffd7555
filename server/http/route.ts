import { defineEventHandler, type EventHandler, type H3Event } from 'h3'
import type { z } from 'zod'
import { toVantageError } from '#shared/errors'
import { parseInput } from '#shared/validation'
import type { Operation } from '../operations/define'
import { perform } from '../operations/perform'
import { sendError } from './errors'
import { type Fields, readFields } from './fields'
import { hostLog, toContext } from './host'
import { describeRoute, type RouteDescription } from './route-description'

export interface RouteOptions {
  /** Status of a success; 204 is answered without a body. */
  status?: 200 | 201 | 204
}

/** Makes the route of an operation: input from path, query and body, checked before the state is looked at. */
export function route<I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  { status = 200 }: RouteOptions = {},
): EventHandler {
  return handle(async (event) => {
    const answer = await run(operation, await readFields(event, operation.input), event)
    if (status === 204) sendNothing(event)
    else sendJson(event, answer, status)
  }, { operation, answer: status === 204 ? { status } : { status, schema: operation.output } })
}

/** Runs an operation for a request: checks `fields`, waits until the engine is open, calls the handler. */
export async function run<I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  fields: Fields,
  event: H3Event,
): Promise<z.output<O>> {
  const input = parseInput(operation.input, fields)
  return await perform(operation, input, await toContext(event.node))
}

/**
 * Makes a route of a function that answers itself; whatever it throws is answered as an error of the catalogue.
 * Every route of the API has a description; only what takes the rest has none.
 */
export function handle(answer: (event: H3Event) => Promise<void> | void, description?: RouteDescription): EventHandler {
  const handler = defineEventHandler(async (event) => {
    event._handled = true // the answer is written to the response here: h3 must not touch it
    try {
      await answer(event)
    }
    catch (thrown) {
      answerError(event, thrown)
    }
  })
  return description ? describeRoute(handler, description) : handler
}

/** Answers a thrown thing; what nobody expected goes to the log of the host with its cause. */
export function answerError(event: H3Event, thrown: unknown): void {
  const error = toVantageError(thrown)
  if (error.code === 'INTERNAL') {
    hostLog()?.error('http', `${event.method} ${event.path.split('?')[0]} failed`, { error })
  }
  sendError(event.node.res, error)
}

/** Answers with JSON. */
export function sendJson(event: H3Event, value: unknown, status = 200): void {
  const { res } = event.node
  const text = JSON.stringify(value)
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json')
  res.setHeader('Content-Length', Buffer.byteLength(text))
  res.setHeader('Cache-Control', 'no-store')
  res.end(text)
}

/** Answers 204: done, and nothing to say. */
export function sendNothing(event: H3Event): void {
  event.node.res.statusCode = 204
  event.node.res.end()
}
