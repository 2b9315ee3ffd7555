import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CompleteRequestSchema, ErrorCode, McpError, type CompleteRequest } from '@modelcontextprotocol/sdk/types.js'
import { nearest } from '#shared/nearest'
import { DIAGNOSE } from './prompts'
import { logsUri, processUri } from './resource-uri'
import type { McpSession } from './session'

/** The most the protocol allows. */
const MAX_VALUES = 100

/** Completes ids of processes: the argument of a prompt, and what stands for `{id}` in the URI of a resource. */
export function handleCompletions(server: Server, { vantage }: McpSession): void {
  server.setRequestHandler(CompleteRequestSchema, ({ params }) => {
    const ids = takesId(params) ? matchingIds(params.argument.value, vantage.processes.list().map(({ id }) => id)) : []
    return { completion: { values: ids.slice(0, MAX_VALUES), total: ids.length, hasMore: ids.length > MAX_VALUES } }
  })
}

/** Ids that begin with what was typed, then those that contain it, then those close to it. */
export function matchingIds(typed: string, ids: readonly string[]): string[] {
  const word = typed.toLowerCase()
  const beginning = ids.filter(id => id.toLowerCase().startsWith(word))
  const containing = ids.filter(id => id.toLowerCase().includes(word))
  return [...new Set([...beginning, ...containing, ...(word === '' ? [] : nearest(word, ids, MAX_VALUES))])]
}

function takesId({ ref, argument }: CompleteRequest['params']): boolean {
  const isKnown = ref.type === 'ref/prompt' ? ref.name === DIAGNOSE : ref.uri === processUri('{id}') || ref.uri === logsUri('{id}')
  if (!isKnown) throw new McpError(ErrorCode.InvalidParams, `There is no ${ref.type === 'ref/prompt' ? `prompt "${ref.name}"` : `template "${ref.uri}"`}`)
  return argument.name === 'id'
}
