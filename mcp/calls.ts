import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { ErrorCode, ListToolsRequestSchema, McpError } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { failure } from '#shared/errors'
import { nearest } from '#shared/nearest'
import { toErrorAnswer } from './answers'
import { reportProgress } from './progress'
import type { McpSession } from './session'
import { tools } from './tools'

/** Looser than the SDK's: arguments of a wrong type are a failed call, too, not an error of the protocol. */
const ToolCall = z.looseObject({ name: z.string(), arguments: z.unknown().optional() })

/** Serves every operation that is a tool. */
export function handleCalls(server: Server, { toContext }: McpSession, progressEveryMs?: number): void {
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(tool => tool.listing) }))
  // Not a handler of its own: the SDK would check the arguments first, and answer in its own words.
  server.fallbackRequestHandler = async (request, { signal, sendNotification }) => {
    if (request.method !== 'tools/call') throw new McpError(ErrorCode.MethodNotFound, 'Method not found')
    const call = ToolCall.safeParse(request.params)
    if (!call.success) throw new McpError(ErrorCode.InvalidParams, 'params.name must name a tool')
    const tool = tools.find(({ listing }) => listing.name === call.data.name)
    if (!tool) return unknownTool(call.data.name)
    const token = request.params?._meta?.progressToken
    const progress = reportProgress({ token, signal, send: sendNotification, everyMs: progressEveryMs })
    return tool.call(call.data.arguments, toContext(signal)).finally(() => progress[Symbol.dispose]())
  }
}

function unknownTool(name: string) {
  const near = nearest(name, tools.map(({ listing }) => listing.name))
  const reason = `There is no tool "${name.slice(0, 64)}".${near.length > 0 ? ` Nearest: ${near.join(', ')}.` : ''}`
  return toErrorAnswer(failure('VALIDATION_FAILED', { problems: [{ field: '', reason }] }))
}
