import { Agent, request } from 'node:http'
import { isObject } from './is-object'
import type { RecordedHost } from './find-host'

const HEALTH_MS = 5_000

export interface Answer { status: number, text: string }

/** One kept connection to a host: node:http, because loading fetch takes longer than a whole call. */
export class HostConnection implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #host: RecordedHost
  readonly #headers: Record<string, string>

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

  /** Sends a request without a body. Throws when the connection fails, or is silent for `silenceMs`, before the whole answer is there. */
  call(method: string, path: string, silenceMs?: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(this.#host.url + path, { method, agent: this.#agent, headers: this.#headers, timeout: silenceMs }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => text += part)
        answer.once('error', reject)
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      })
      sent.once('error', reject)
      sent.once('timeout', () => sent.destroy(new Error('it does not answer')))
      sent.end()
    })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}
