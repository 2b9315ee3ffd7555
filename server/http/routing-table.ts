// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- the type check of the page follows routes to here
/// <reference path="./nitro-internal.d.ts" />
import type { EventHandler, H3Event } from 'h3'
import { type Handler, handlers } from '#nitro-internal-virtual/server-handlers'
import { type DescribedRoute, descriptionOf, VERBS } from './route-description'

/** Gives the methods that have a route at `path`, with what follows from them; none for an unknown path. */
export function methodsAt(path: string): string[] {
  const methods = handlersAt(path).flatMap(({ method }) => method?.toUpperCase() ?? [])
  if (methods.length === 0) return []
  return [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].sort()
}

/** Answers HEAD by the route of GET; Node leaves the body out. */
export async function answerHead(event: H3Event, path: string): Promise<void> {
  const found = handlersAt(path).find(({ method }) => method === 'get')
  if (!found) return
  event.context.params = paramsOf(found.route, path)
  const answer = await toHandler(found)
  await answer(event)
}

/** Gives every route of the API with what it says of itself; loads them all. */
export async function describedRoutes(): Promise<DescribedRoute[]> {
  const found = await Promise.all(handlers.map(async (place) => {
    const method = VERBS.find(verb => verb === place.method)
    const description = method && descriptionOf(await toHandler(place))
    return method && description ? [{ method, path: place.route, description }] : []
  }))
  return found.flat()
}

async function toHandler(place: Handler): Promise<EventHandler> {
  return place.lazy ? (await place.handler()).default : place.handler
}

function handlersAt(path: string): Handler[] {
  return handlers.filter(({ route, middleware }) => !middleware && route.startsWith('/api/') && paramsOf(route, path) !== undefined)
}

/** Matches a path against a route with `:name` segments; a route with a wildcard matches nothing here. */
export function paramsOf(route: string, path: string): Record<string, string> | undefined {
  const wanted = toSegments(route)
  const given = toSegments(path)
  if (wanted.length !== given.length || !wanted.every((name, i) => name.startsWith(':') || name === given[i])) return undefined
  return Object.fromEntries(wanted.flatMap((name, i) => name.startsWith(':') ? [[name.slice(1), given[i] ?? '']] : []))
}

function toSegments(path: string): string[] {
  return path.replace(/\/$/, '').split('/')
}
