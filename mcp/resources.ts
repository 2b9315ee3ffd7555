import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  type Resource,
  type TextResourceContents,
} from '@modelcontextprotocol/sdk/types.js'
import { nearest } from '#shared/nearest'
import { ProcessId } from '#shared/schemas/basics'
import type { CallContext } from '../server/operations/define'
import { getProcessStatus } from '../server/operations/get-process-status'
import { listProcesses } from '../server/operations/list-processes'
import { perform } from '../server/operations/perform'
import { toBrief } from './answers'
import { toListContent } from './list-answer'
import { withoutSecrets } from './masking'
import { digestOf } from './output-tool'
import { logsUri, parseResourceUri, PROCESSES_URI, processUri, type ResourceName } from './resource-uri'
import type { McpSession } from './session'
import type { Subscriptions } from './subscriptions'

/** Of the specification; the SDK has no name for it. */
const RESOURCE_NOT_FOUND = -32002
/** Processes on a page of the list; each has two resources. */
const PAGE_PROCESSES = 100
const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain'

const ALL: Resource = {
  uri: PROCESSES_URI,
  name: 'processes',
  title: 'All processes',
  description: 'The processes with their states, those of your project first.',
  mimeType: JSON_TYPE,
}

const TEMPLATES = [
  { uriTemplate: processUri('{id}'), name: 'process', title: 'Process', description: 'Definition and state of a process.', mimeType: JSON_TYPE },
  { uriTemplate: logsUri('{id}'), name: 'logs', title: 'Output of a process', description: 'Digest of its output: errors first, then the newest lines.', mimeType: TEXT_TYPE },
]

/** Serves the resources of CONTRACT §6: lists, reads and subscribes to them. */
export function handleResources(server: Server, { vantage, toContext }: McpSession, subscriptions: Subscriptions): void {
  server.setRequestHandler(ListResourcesRequestSchema, ({ params }) => listResources(vantage, params?.cursor))
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: TEMPLATES }))
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }, { signal }) => {
    const name = parseResourceUri(uri)
    if (!name || (name.kind !== 'processes' && !isThere(name.id, vantage))) throw notFound(uri, name, vantage)
    return { contents: [await readResource(name, toContext(signal))] }
  })
  server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => {
    subscriptions.add(uri)
    return {}
  })
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    subscriptions.remove(uri)
    return {}
  })
}

/** Gives what a resource holds now. Throws what the operations throw, `PROCESS_NOT_FOUND` where its process is not there. */
export async function readResource(name: ResourceName, context: CallContext): Promise<TextResourceContents> {
  if (name.kind === 'logs') return { uri: logsUri(name.id), mimeType: TEXT_TYPE, text: await digestOf({ id: name.id }, context) }
  if (name.kind === 'process') {
    const shown = await withoutSecrets([await perform(getProcessStatus, { id: name.id }, context)], context)
    return { uri: processUri(name.id), mimeType: JSON_TYPE, text: JSON.stringify(shown.map(toBrief)[0]) }
  }
  const processes = await withoutSecrets(await perform(listProcesses, {}, context), context)
  return { uri: PROCESSES_URI, mimeType: JSON_TYPE, text: JSON.stringify(toListContent(processes, context.caller.project)) }
}

/** A page of the list: the cursor is the last id of the page before. */
function listResources({ processes }: McpSession['vantage'], cursor: string | undefined) {
  if (cursor !== undefined && !ProcessId.safeParse(cursor).success) throw new McpError(ErrorCode.InvalidParams, 'This cursor is none of Vantage')
  const rest = processes.list().filter(({ id }) => cursor === undefined || id > cursor)
  const page = rest.slice(0, PAGE_PROCESSES)
  const last = page.at(-1)?.id
  return {
    resources: [...(cursor === undefined ? [ALL] : []), ...page.flatMap(toResources)],
    ...(rest.length > page.length && { nextCursor: last }),
  }
}

function toResources({ id, description }: { id: string, description?: string | undefined }): Resource[] {
  return [
    { uri: processUri(id), name: id, mimeType: JSON_TYPE, ...(description !== undefined && { description }) },
    { uri: logsUri(id), name: `${id} logs`, mimeType: TEXT_TYPE },
  ]
}

function isThere(id: string, { processes }: McpSession['vantage']): boolean {
  return processes.list().some(process => process.id === id)
}

function notFound(uri: string, name: ResourceName | undefined, { processes }: McpSession['vantage']): McpError {
  const near = name && name.kind !== 'processes' ? nearest(name.id, processes.list().map(({ id }) => id)) : []
  const help = near.length > 0 ? `Nearest: ${near.map(processUri).join(', ')}.` : `${PROCESSES_URI} lists all processes; ${processUri('{id}')} and ${logsUri('{id}')} are one.`
  return new McpError(RESOURCE_NOT_FOUND, `Resource not found: ${uri.slice(0, 200)}. ${help}`, { uri })
}
