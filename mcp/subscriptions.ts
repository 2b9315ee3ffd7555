import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'
import type { NumberedEvent } from '#shared/schemas/events'
import type { CallContext } from '../server/operations/define'
import { logsUri, parseResourceUri, PROCESSES_URI, processUri } from './resource-uri'
import { Throttle } from './throttle'

const EVERY_MS = 1000
const MAX_URIS = 500
const LIST = 'the list of resources'

export interface SubscriptionsOptions {
  vantage: CallContext['vantage']
  /** Both may fail only when the client has gone. */
  sendUpdated: (uri: string) => Promise<void>
  sendListChanged: () => Promise<void>
  /** How often one resource is told of at most. */
  everyMs?: number | undefined
}

/** What one client wants to be told of: it hears of each resource at most once a second. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions
  readonly #throttle: Throttle
  readonly #uris = new Set<string>()
  /** Ends of the watches of logs, by the id of the process. */
  readonly #watches = new Map<string, () => void>()
  readonly #known: Set<string>
  readonly #stopListening: () => void
  #isListWanted = false

  constructor(options: SubscriptionsOptions) {
    this.#options = options
    this.#throttle = new Throttle(options.everyMs ?? EVERY_MS)
    this.#known = new Set(options.vantage.processes.list().map(({ id }) => id))
    this.#stopListening = options.vantage.events.subscribe(event => this.#hear(event))
  }

  /** From now on the client may be told that processes came or went. */
  begin(): void {
    this.#isListWanted = true
  }

  /** Takes any well-formed URI: what it names may still come. */
  add(uri: string): void {
    if (!URL.canParse(uri)) throw new McpError(ErrorCode.InvalidParams, `"${uri.slice(0, 100)}" is not a URI`)
    if (this.#uris.size >= MAX_URIS && !this.#uris.has(uri)) throw new McpError(ErrorCode.InvalidParams, `A session may subscribe to ${MAX_URIS} resources`)
    this.#uris.add(uri)
    const name = parseResourceUri(uri)
    if (name?.kind === 'logs') this.#watch(name.id)
  }

  remove(uri: string): void {
    this.#uris.delete(uri)
    this.#throttle.forget(uri)
    const name = parseResourceUri(uri)
    if (name?.kind === 'logs') this.#unwatch(name.id)
  }

  [Symbol.dispose](): void {
    this.#stopListening()
    for (const id of this.#watches.keys()) this.#unwatch(id)
    this.#throttle[Symbol.dispose]()
  }

  #hear(event: NumberedEvent): void {
    if (event.type !== 'process.changed' && event.type !== 'process.removed') return
    const { id } = event.data
    const isThere = event.type === 'process.changed'
    if (this.#known.has(id) !== isThere) this.#comeOrGo(id, isThere)
    this.#tell(PROCESSES_URI)
    this.#tell(processUri(id))
  }

  #comeOrGo(id: string, isThere: boolean): void {
    if (isThere) this.#known.add(id)
    else this.#known.delete(id)
    this.#unwatch(id) // the next one of that name has a log of its own
    if (isThere && this.#uris.has(logsUri(id))) this.#watch(id)
    this.#tell(logsUri(id))
    if (this.#isListWanted) this.#throttle.run(LIST, () => this.#send(this.#options.sendListChanged()))
  }

  #watch(id: string): void {
    if (this.#watches.has(id) || !this.#known.has(id)) return
    this.#watches.set(id, this.#options.vantage.processes.logs(id).onGrowth(() => this.#tell(logsUri(id))))
  }

  #unwatch(id: string): void {
    this.#watches.get(id)?.()
    this.#watches.delete(id)
  }

  #tell(uri: string): void {
    if (this.#uris.has(uri)) this.#throttle.run(uri, () => this.#send(this.#options.sendUpdated(uri)))
  }

  #send(sending: Promise<void>): void {
    sending.catch(() => this[Symbol.dispose]()) // the client has gone
  }
}
