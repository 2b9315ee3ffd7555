import { connect, type Socket } from 'node:net'
import { AnswerReader, type Answer } from './answer-reader'
import { isObject } from './is-object'
import type { RecordedHost } from './find-host'

const HEALTH_MS = 5_000

interface Call { reader: AnswerReader, resolve: (answer: Answer) => void, reject: (error: Error) => void }

/** One kept connection to a host: node:net, because loading node:http takes longer than a whole call, and fetch far longer. */
export class HostConnection implements Disposable {
  readonly #host: RecordedHost
  #headers: Record<string, string>
  #socket: Socket | undefined
  #call: Call | undefined

  constructor(host: RecordedHost, headers: Record<string, string>) {
    this.#host = host
    this.#headers = headers
  }

  /**
   * Tells whether the host that was recorded answers. Where it was killed, another host or program may have its port by now,
   * which must not get our call.
   */
  async isAlive(): Promise<boolean> {
    try {
      const { text } = await this.call('GET', '/api/health', HEALTH_MS)
      const body: unknown = JSON.parse(text)
      return isObject(body) && body.app === 'vantage' && body.pid === this.#host.pid
    }
    catch {
      // Refused, silent, or no HTTP: whoever it is, it is not our host.
      return false
    }
  }

  /** Shows the token from now on: only to the host that was recorded, so after it has been seen alive. */
  authorize(token: string): void {
    this.#headers = { ...this.#headers, authorization: `Bearer ${token}` }
  }

  /**
   * Sends a request without a body, one at a time. Throws when the connection fails, or is silent for `silenceMs`, before the
   * whole answer is there.
   */
  call(method: string, path: string, silenceMs = 0): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { host, hostname, port } = new URL(this.#host.url)
      this.#call = { reader: new AnswerReader(), resolve, reject }
      this.#socket ??= this.#open(Number(port || 80), hostname.replace(/^\[|\]$/g, ''))
      this.#socket.setTimeout(silenceMs)
      const headers = Object.entries({ 'host': host, 'content-length': '0', ...this.#headers })
      const head = [`${method} ${path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
      // One that was closed before tells it here only.
      this.#socket.write(head, error => error && this.#fail(error))
    })
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy()
  }

  #open(port: number, address: string): Socket {
    const socket = connect({ port, host: address, noDelay: true })
    socket.on('data', part => this.#take(part))
    socket.on('error', error => this.#fail(error))
    socket.on('timeout', () => socket.destroy(new Error('it does not answer')))
    socket.on('close', () => this.#fail(new Error('the connection was closed')))
    return socket
  }

  #take(part: Buffer): void {
    try {
      const answer = this.#call?.reader.take(part)
      if (!answer) return
      this.#call?.resolve(answer)
      this.#call = undefined
    }
    catch (error) {
      this.#socket?.destroy(error instanceof Error ? error : undefined)
    }
  }

  /** A connection that has failed is not made again: who listens there by now may be another host. */
  #fail(error: Error): void {
    this.#call?.reject(error)
    this.#call = undefined
  }
}
