import { Agent, request, type IncomingMessage } from 'node:http'
import { readEvents, readText } from './http-body'
import { Frame, type FrameId } from './stdio-frames'

/** Session not found, and a host that is shutting down: it has not begun with the request. */
const GONE = [404, 503]
const UNAUTHORIZED = 401
/** A host closes what was silent for 5 s: a connection is given up before that, not while a request is on its way. */
const KEPT_MS = 3000
/** Requests that wait at the host at the same time. */
const MAX_CONNECTIONS = 200

export interface LinkListener {
  onFrame: (frame: Frame) => void
  /** Tells whether the request `id` still waits for its answer. */
  isWaitedFor: (id: FrameId) => boolean
  /** The host has gone, or does not know the session any more. Called once. */
  onLost: () => void
}

/**
 * What became of a frame: `refused` by the host with its reason, `unauthorized` for want of the right token, or `unreached`: it has
 * certainly not begun with it.
 */
export type Delivery = { kind: 'delivered' } | { kind: 'refused', reason: string } | { kind: 'unauthorized' } | { kind: 'unreached' } | { kind: 'broken' }

/**
 * One attachment to one host: a session over Streamable HTTP that ends when the host ends. Not the client of the SDK: it brings
 * schemas and a second HTTP client, which a pump does not need and every agent would pay for.
 */
export class HostLink {
  /** Version of the host. */
  readonly version: string
  readonly #url: URL
  readonly #headers: Record<string, string>
  readonly #listener: LinkListener
  readonly #agent = new Agent({ keepAlive: true, timeout: KEPT_MS, maxSockets: MAX_CONNECTIONS })
  readonly #end = new AbortController()
  #isLost = false

  constructor({ url, version }: { url: string, version: string }, headers: Record<string, string>, listener: LinkListener) {
    this.version = version
    this.#url = new URL('/mcp', url)
    this.#headers = { ...headers, 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' }
    this.#listener = listener
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** Every later request carries the version that was agreed on. */
  setProtocolVersion(version: string): void {
    this.#headers['mcp-protocol-version'] = version
  }

  async send(frame: Frame): Promise<Delivery> {
    try {
      const response = await this.#request('POST', JSON.stringify(frame))
      const status = response.statusCode ?? 0
      if (GONE.includes(status)) {
        response.resume()
        this.#lose()
        return { kind: 'unreached' }
      }
      if (status === UNAUTHORIZED) {
        response.resume()
        return { kind: 'unauthorized' }
      }
      if (status >= 300) return { kind: 'refused', reason: `the host answered ${status}: ${await readText(response)}` }
      await this.#accept(response, frame)
      return { kind: 'delivered' }
    }
    catch (error) {
      this.#lose()
      return { kind: isRefusedConnection(error) ? 'unreached' : 'broken' }
    }
  }

  /** Tells the host that the session has ended; best effort. */
  async terminate(): Promise<void> {
    if (this.#headers['mcp-session-id'] !== undefined) (await this.#request('DELETE')).resume()
  }

  close(): void {
    this.#isLost = true
    this.#end.abort()
    this.#agent.destroy()
  }

  #lose(): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#listener.onLost()
  }

  async #accept(response: IncomingMessage, frame: Frame): Promise<void> {
    const session = response.headers['mcp-session-id']
    if (typeof session === 'string') this.#headers['mcp-session-id'] = session
    if (isStream(response)) {
      void this.#readStream(response).then(() => {
        // The stream of a request may end once it is answered, or cancelled.
        if (frame.id !== undefined && this.#listener.isWaitedFor(frame.id)) this.#lose()
      })
    }
    else {
      const text = await readText(response)
      if (response.statusCode === 200 && text !== '') this.#listener.onFrame(Frame.parse(JSON.parse(text)))
    }
    if (frame.method === 'notifications/initialized') void this.#listen()
  }

  /** Reads what the host says unasked, until the host ends. */
  async #listen(): Promise<void> {
    try {
      const response = await this.#request('GET')
      if (isStream(response)) await this.#readStream(response)
      else if (!GONE.includes(response.statusCode ?? 0)) return void response.resume() // it has nothing to say unasked
      this.#lose()
    }
    catch {
      this.#lose() // whatever broke the connection: the bridge looks for the host again
    }
  }

  /** Comes back when the stream has ended, in whatever way. */
  async #readStream(response: IncomingMessage): Promise<void> {
    await readEvents(response, data => this.#listener.onFrame(Frame.parse(JSON.parse(data))))
  }

  #request(method: 'GET' | 'POST' | 'DELETE', body?: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request(this.#url, { method, headers: this.#headers, agent: this.#agent, signal: this.#end.signal })
        .on('response', resolve)
        .on('error', reject)
        .end(body)
    })
  }
}

function isStream({ statusCode, headers }: IncomingMessage): boolean {
  return statusCode === 200 && (headers['content-type']?.startsWith('text/event-stream') ?? false)
}

function isRefusedConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
}
