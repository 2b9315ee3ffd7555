import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'
import { Frame, type FrameId } from './stdio-frames'

/** Session not found, and a host that is shutting down: it has not begun with the request. */
const GONE = [404, 503]
const UNAUTHORIZED = 401
const SETTLE_MS = 100

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

/** One attachment to one host: a session over Streamable HTTP that ends when the host ends. */
export class HostLink {
  readonly #transport: StreamableHTTPClientTransport
  readonly #listener: LinkListener
  #isLost = false

  constructor(url: string, headers: Record<string, string>, listener: LinkListener) {
    this.#listener = listener
    this.#transport = new StreamableHTTPClientTransport(new URL('/mcp', url), {
      requestInit: { headers },
      fetch: (input, init) => this.#fetch(input, init),
      // The SDK would reconnect to the same address by itself; whoever is there then is not our session.
      reconnectionOptions: { maxRetries: 0, initialReconnectionDelay: 0, maxReconnectionDelay: 0, reconnectionDelayGrowFactor: 1 },
    })
    this.#transport.onmessage = message => listener.onFrame(Frame.parse(message))
  }

  get isLost(): boolean {
    return this.#isLost
  }

  async open(): Promise<void> {
    await this.#transport.start()
  }

  /** Every later request carries the version that was agreed on. */
  setProtocolVersion(version: string): void {
    this.#transport.setProtocolVersion(version)
  }

  async send(frame: Frame): Promise<Delivery> {
    try {
      await this.#transport.send(JSONRPCMessageSchema.parse(frame))
      return { kind: 'delivered' }
    }
    catch (error) {
      const status = error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined
      if ((status !== undefined && GONE.includes(status)) || isRefusedConnection(error)) return { kind: 'unreached' }
      if (this.#isLost) return { kind: 'broken' }
      if (status === UNAUTHORIZED) return { kind: 'unauthorized' }
      return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Tells the host that the session has ended; best effort. */
  async terminate(): Promise<void> {
    await this.#transport.terminateSession()
  }

  async close(): Promise<void> {
    this.#isLost = true
    await this.#transport.close()
  }

  #lose(): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#listener.onLost()
  }

  /** Watches every exchange: a connection that fails, or a stream that ends before its time, is the end of the host. */
  async #fetch(input: string | URL, init?: RequestInit): Promise<Response> {
    try {
      const response = await fetch(input, init)
      if (init?.method !== 'DELETE' && GONE.includes(response.status)) this.#lose()
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
      if (!response.body || !isStream) return response
      return new Response(watched(response.body, () => this.#onStreamEnd(init?.body)), response)
    }
    catch (error) {
      if (!init?.signal?.aborted) this.#lose()
      throw error
    }
  }

  /** The stream of a request may end once it is answered, or cancelled; the one without a request never. */
  #onStreamEnd(body: unknown): void {
    const request = typeof body === 'string' ? Frame.parse(JSON.parse(body)) : undefined
    if (request?.id === undefined) return this.#lose()
    const { id } = request
    // The answer may still be on its way through the parser.
    setTimeout(() => {
      if (this.#listener.isWaitedFor(id)) this.#lose()
    }, SETTLE_MS).unref()
  }
}

/** Passes a body on and tells when it has ended, in whatever way. */
function watched(body: ReadableStream<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(value)
        controller.close()
      }
      catch (error) {
        controller.error(error)
      }
      onEnd()
    },
    cancel: reason => reader.cancel(reason),
  })
}

function isRefusedConnection(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}
