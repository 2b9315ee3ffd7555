import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { ErrorCode, ListToolsRequestSchema, McpError } from '@modelcontextprotocol/sdk/types.js'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv-provider.js'
import { z } from 'zod'
import { toActorName } from '#shared/actor-name'
import type { Caller } from '#shared/caller'
import { failure } from '#shared/errors'
import { nearest } from '#shared/nearest'
import type { Vantage } from '../server/core/vantage'
import { toErrorAnswer } from './answers'
import { toInstructions } from './instructions'
import { reportProgress } from './progress'
import { tools } from './tools'

/** Shared by all sessions: it is only used to check answers of a person, which we never ask for. */
const jsonSchemaValidator = new AjvJsonSchemaValidator()

/** Looser than the SDK's: arguments of a wrong type are a failed call, too, not an error of the protocol. */
const ToolCall = z.looseObject({ name: z.string(), arguments: z.unknown().optional() })

export interface McpServerOptions {
  vantage: Vantage
  /** Where the client stands: headers of the bridge, or of an HTTP client. */
  caller: Caller
  /** How often a call that takes long says so. */
  progressEveryMs?: number
}

/** Makes the MCP server of one session: every operation that is a tool, on any transport of the SDK. */
export function createMcpServer({ vantage, caller, progressEveryMs }: McpServerOptions): Server {
  const server = new Server(
    { name: 'vantage', title: 'Vantage', version: vantage.version },
    { capabilities: { tools: {}, logging: {} }, instructions: toInstructions(vantage), jsonSchemaValidator },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(tool => tool.listing) }))
  // Not a handler of its own: the SDK would check the arguments first, and answer in its own words.
  server.fallbackRequestHandler = async (request, { signal, sendNotification }) => {
    if (request.method !== 'tools/call') throw new McpError(ErrorCode.MethodNotFound, 'Method not found')
    const call = ToolCall.safeParse(request.params)
    if (!call.success) throw new McpError(ErrorCode.InvalidParams, 'params.name must name a tool')
    const tool = tools.find(({ listing }) => listing.name === call.data.name)
    if (!tool) return unknownTool(call.data.name)
    const actor = { kind: 'agent' as const, name: toActorName(server.getClientVersion()?.name, 'unknown') }
    const token = request.params?._meta?.progressToken
    const progress = reportProgress({ token, signal, send: sendNotification, everyMs: progressEveryMs })
    return tool.call(call.data.arguments, { vantage, actor, caller, signal }).finally(() => progress[Symbol.dispose]())
  }
  return server
}

function unknownTool(name: string) {
  const near = nearest(name, tools.map(({ listing }) => listing.name))
  const reason = `There is no tool "${name.slice(0, 64)}".${near.length > 0 ? ` Nearest: ${near.join(', ')}.` : ''}`
  return toErrorAnswer(failure('VALIDATION_FAILED', { problems: [{ field: '', reason }] }))
}
