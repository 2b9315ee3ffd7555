import { setTimeout as delay } from 'node:timers/promises'
import { completable } from '@modelcontextprotocol/sdk/server/completable.js'
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { ElicitResultSchema, SubscribeRequestSchema, UnsubscribeRequestSchema, type CallToolResult, type ElicitRequestFormParams } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'

type Properties = ElicitRequestFormParams['requestedSchema']['properties']

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA='
const PAUSE_MS = 20

const image = { type: 'image' as const, data: PNG, mimeType: 'image/png' }
const text = (words: string) => ({ type: 'text' as const, text: words })
const say = (words: string): CallToolResult => ({ content: [text(words)] })
const embedded = (uri: string, mimeType: string, words: string) => ({ type: 'resource' as const, resource: { uri, mimeType, text: words } })

/** Makes the server that the conformance suite wants to find: its tools, resources and prompts, and nothing of Vantage. */
export function createEverythingServer(): Server {
  const mcp = new McpServer(
    { name: 'everything', version: '1.0.0' },
    { capabilities: { tools: {}, logging: {}, resources: { subscribe: true }, prompts: {}, completions: {} } },
  )
  addContents(mcp)
  addNotifying(mcp)
  addAsking(mcp)
  addResources(mcp)
  addPrompts(mcp)
  return mcp.server
}

function addContents(mcp: McpServer): void {
  const tool = (name: string, content: CallToolResult['content']) => mcp.registerTool(name, { description: name }, () => ({ content }))
  tool('test_simple_text', [text('This is a simple text response for testing.')])
  tool('test_image_content', [image])
  tool('test_audio_content', [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }])
  tool('test_embedded_resource', [embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')])
  const mixed = embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}')
  tool('test_multiple_content_types', [text('Multiple content types test:'), image, mixed])
  mcp.registerTool('test_error_handling', { description: 'Always fails' }, () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
}

function addNotifying(mcp: McpServer): void {
  mcp.registerTool('test_tool_with_logging', { description: 'Logs three times' }, async ({ sendNotification }) => {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data } })
      await delay(PAUSE_MS)
    }
    return say('logged')
  })
  mcp.registerTool('test_tool_with_progress', { description: 'Tells its progress' }, async ({ _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken
    for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
      await sendNotification({ method: 'notifications/progress', params: { progressToken: progressToken ?? 0, progress, total: 100 } })
      await delay(PAUSE_MS)
    }
    return say('done')
  })
}

function addAsking(mcp: McpServer): void {
  mcp.registerTool('test_sampling', { description: 'Asks the model', inputSchema: { prompt: z.string() } }, async ({ prompt }, { sendRequest }) => {
    const params = { messages: [{ role: 'user' as const, content: text(prompt) }], maxTokens: 100 }
    const { content } = await sendRequest({ method: 'sampling/createMessage', params }, z.looseObject({ content: z.looseObject({ text: z.string() }) }))
    return say(`LLM response: ${content.text}`)
  })
  const ask = (name: string, label: string, properties: Properties, required: string[] = []) => {
    mcp.registerTool(name, { description: name, inputSchema: { message: z.string().default('Please fill in') } }, async ({ message }, { sendRequest }) => {
      const requestedSchema = { type: 'object' as const, properties, required }
      const { action, content } = await sendRequest({ method: 'elicitation/create', params: { message, requestedSchema } }, ElicitResultSchema)
      return say(`${label}: action=${action}, content=${JSON.stringify(content ?? {})}`)
    })
  }
  const line = { type: 'string' as const }
  ask('test_elicitation', 'User response', { username: line, email: line }, ['username', 'email'])
  ask('test_elicitation_sep1034_defaults', 'Elicitation completed', {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  })
  const titled = ['First', 'Second', 'Third'].map((title, at) => ({ const: `value${at + 1}`, title }))
  ask('test_elicitation_sep1330_enums', 'Elicitation completed', {
    untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    titledSingle: { type: 'string', oneOf: titled },
    legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
    untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
    titledMulti: { type: 'array', items: { anyOf: titled } },
  })
}

function addResources(mcp: McpServer): void {
  const plain = { mimeType: 'text/plain' }
  mcp.registerResource('static-text', 'test://static-text', plain, ({ href }) => ({
    contents: [{ uri: href, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }],
  }))
  mcp.registerResource('static-binary', 'test://static-binary', { mimeType: 'image/png' }, ({ href }) => ({
    contents: [{ uri: href, mimeType: 'image/png', blob: PNG }],
  }))
  mcp.registerResource('watched', 'test://watched-resource', plain, ({ href }) => ({ contents: [{ uri: href, mimeType: 'text/plain', text: 'Watched' }] }))
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined })
  mcp.registerResource('template', template, { mimeType: 'application/json' }, ({ href }, { id }) => ({
    contents: [{ uri: href, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }) }],
  }))
  mcp.server.setRequestHandler(SubscribeRequestSchema, () => ({}))
  mcp.server.setRequestHandler(UnsubscribeRequestSchema, () => ({}))
}

function addPrompts(mcp: McpServer): void {
  const user = (content: ReturnType<typeof text> | typeof image | ReturnType<typeof embedded>) => ({ role: 'user' as const, content })
  mcp.registerPrompt('test_simple_prompt', { description: 'Simple' }, () => ({ messages: [user(text('This is a simple prompt for testing.'))] }))
  mcp.registerPrompt('test_prompt_with_arguments', {
    description: 'With arguments',
    argsSchema: { arg1: completable(z.string(), value => [`${value}-1`, `${value}-2`]), arg2: z.string() },
  }, ({ arg1, arg2 }) => ({ messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))] }))
  mcp.registerPrompt('test_prompt_with_embedded_resource', { description: 'With a resource', argsSchema: { resourceUri: z.string() } }, ({ resourceUri }) => ({
    messages: [
      user(embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.')),
      user(text('Please process the embedded resource above.')),
    ],
  }))
  mcp.registerPrompt('test_prompt_with_image', { description: 'With an image' }, () => ({ messages: [user(image), user(text('Please analyze the image above.'))] }))
}
