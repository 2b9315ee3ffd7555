import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv-provider.js'
import { toActorName } from '#shared/actor-name'
import type { Caller } from '#shared/caller'
import type { Vantage } from '../server/core/vantage'
import { handleCalls } from './calls'
import { handleCompletions } from './completions'
import { toIdentity } from './identity'
import { toInstructions } from './instructions'
import { handlePrompts } from './prompts'
import { handleResources } from './resources'
import type { McpSession } from './session'
import { Subscriptions } from './subscriptions'

/** Shared by all sessions: it is only used to check answers of a person, which we never ask for. */
const jsonSchemaValidator = new AjvJsonSchemaValidator()

/** Tools and prompts do not change while a host runs; the bridge tells of a change when the next host is of another version. */
const capabilities = {
  tools: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  prompts: { listChanged: true },
  completions: {},
  logging: {},
}

export interface McpServerOptions {
  vantage: Vantage
  /** Where the client stands: headers of the bridge, or of an HTTP client. */
  caller: Caller
  /** How often a call that takes long says so. */
  progressEveryMs?: number
  /** How often a client is told of one resource at most. */
  updatesEveryMs?: number
}

/** Makes the MCP server of one session, for any transport of the SDK. */
export function createMcpServer({ vantage, caller, progressEveryMs, updatesEveryMs }: McpServerOptions): Server {
  const server = new Server(toIdentity(vantage.version), { capabilities, instructions: toInstructions(vantage), jsonSchemaValidator })
  const session: McpSession = {
    vantage,
    toContext: signal => ({ vantage, actor: { kind: 'agent', name: toActorName(server.getClientVersion()?.name, 'unknown') }, caller, signal }),
  }
  const subscriptions = new Subscriptions({
    vantage,
    sendUpdated: uri => server.sendResourceUpdated({ uri }),
    sendListChanged: () => server.sendResourceListChanged(),
    everyMs: updatesEveryMs,
  })
  server.oninitialized = () => subscriptions.begin()
  server.onclose = () => subscriptions[Symbol.dispose]()
  handleCalls(server, session, progressEveryMs)
  handleResources(server, session, subscriptions)
  handlePrompts(server, session)
  handleCompletions(server, session)
  return server
}
