import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { listenOnLoopback } from '../helpers/loopback'

/** One call that the model makes; a function is given the results so far, newest last. */
export type Step = ToolUse | ((results: readonly string[]) => ToolUse)
export interface ToolUse { name: string, input: Record<string, unknown> }

const Text = z.looseObject({ type: z.literal('text'), text: z.string() })
const ToolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  is_error: z.boolean().optional(),
  content: z.union([z.string(), z.array(z.union([Text, z.looseObject({ type: z.string() })]))]).optional(),
})
const Message = z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]) })

/** What of a request to `POST /v1/messages` tests look at. */
export const MessagesRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  system: z.unknown(),
  tools: z.array(z.looseObject({ name: z.string() })).default([]),
  messages: z.array(Message),
})
export type MessagesRequest = z.output<typeof MessagesRequest>

export interface Result { text: string, isError: boolean }

export interface MessagesApi extends AsyncDisposable {
  readonly url: string
  /** The requests of the conversation, in their order; what Claude Code asks beside it is left out. */
  readonly requests: readonly MessagesRequest[]
  /** What the client has answered to the steps. */
  results: () => Result[]
}

/** A model that plays a list of tool calls, then says "done": the Messages API on loopback, as far as Claude Code uses it. */
export async function startMessagesApi(script: readonly Step[]): Promise<MessagesApi> {
  const requests: MessagesRequest[] = []
  const server = createServer((request, response) => void answer(request, response))
  const listening = await listenOnLoopback(server)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = request.method === 'POST' ? await json(request) : undefined
    if (request.url?.startsWith('/v1/messages/count_tokens')) return sendJson(response, { input_tokens: 10 })
    if (!request.url?.startsWith('/v1/messages')) return sendJson(response, {})
    const asked = MessagesRequest.parse(body)
    // Titles and summaries are asked for without tools.
    const isConversation = asked.tools.some(({ name }) => name === 'ToolSearch' || name === 'Bash')
    if (isConversation) requests.push(asked)
    const at = resultsOf(asked).length
    const step = isConversation ? script[at] : undefined
    const use = typeof step === 'function' ? step(resultsOf(asked).map(({ text }) => text)) : step
    const block = use ? { type: 'tool_use', id: `toolu_${at}`, ...use } : { type: 'text', text: 'done' }
    send(response, asked, block)
  }

  return {
    url: `http://127.0.0.1:${listening.port}`,
    requests,
    results: () => requests.map(resultsOf).reduce((longest, some) => some.length > longest.length ? some : longest, []),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  }
}

/** The answers to the steps that a request carries: all of the conversation, in the order of the steps. */
function resultsOf({ messages }: MessagesRequest): Result[] {
  const blocks = messages.flatMap(({ content }) => typeof content === 'string' ? [] : content)
  return blocks.flatMap((block) => {
    const result = ToolResult.safeParse(block)
    if (!result.success) return []
    const { content = '', is_error: isError = false } = result.data
    const text = typeof content === 'string' ? content : content.map(part => Text.safeParse(part).data?.text ?? `[${part.type}]`).join('\n')
    return [{ text, isError }]
  })
}

/** All that a request tells the model in words. */
export function wordsOf(request: MessagesRequest): string {
  return JSON.stringify([request.system, request.messages])
}

type Block = { type: 'text', text: string } | { type: 'tool_use', id: string } & ToolUse

function send(response: ServerResponse, { model, stream }: MessagesRequest, block: Block | { type: string }): void {
  const stopReason = block.type === 'tool_use' ? 'tool_use' : 'end_turn'
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, stop_sequence: null, usage: { input_tokens: 10, output_tokens: 10 } }
  if (stream !== true) return sendJson(response, { ...message, content: [block], stop_reason: stopReason })
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = (data: { type: string } & Record<string, unknown>) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
  event({ type: 'message_start', message: { ...message, content: [], stop_reason: null } })
  event({ type: 'content_block_start', index: 0, content_block: 'input' in block ? { ...block, input: {} } : { type: 'text', text: '' } })
  event({ type: 'content_block_delta', index: 0, delta: 'input' in block ? { type: 'input_json_delta', partial_json: JSON.stringify(block.input) } : { type: 'text_delta', text: 'done' } })
  event({ type: 'content_block_stop', index: 0 })
  event({ type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 10 } })
  event({ type: 'message_stop' })
  response.end()
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
