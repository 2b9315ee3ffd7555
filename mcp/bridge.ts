import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { PATH_HEADER, placeHeaders, SESSION_HEADER } from '#shared/caller'
import { VantageError } from '#shared/errors'
import type { FoundToken } from '#shared/token'
import { toErrorAnswer } from './answers'
import { ClientSetup } from './client-setup'
import { findOrStartHost, type FoundHost, type HostCommand } from './find-host'
import type { Delivery, HostLink } from './host-link'
import { readHostToken, unauthorized } from './host-token'
import { frameError, type Frame, type FrameError } from './stdio-frames'
import { Unanswered } from './unanswered'

const MAX_ATTEMPTS = 3
const ANSWER_MS = 30_000
/** Ids of the requests of the bridge itself; their answers are not the client's. */
const REPLAY_ID = 'vantage-replay'
const TOOLS_ID = 'vantage-tools'

const RESTARTED = new VantageError({
  code: 'INTERNAL',
  status: 500,
  message: 'The host was restarted during this call; whether it took effect is not known.',
  hint: 'Check the state with list_processes, then repeat the call if it is still needed.',
})

const UNREACHABLE = new VantageError({
  code: 'INTERNAL',
  status: 500,
  message: 'The Vantage host has gone and could not be started again.',
  hint: 'Repeat the call; if it fails again, host.log in the data directory has the reason.',
})

const Initialized = z.object({ result: z.object({ protocolVersion: z.string() }) })

export interface BridgeOptions {
  host: HostCommand
  env: NodeJS.ProcessEnv
  /** The directory the bridge was started in. */
  cwd: string
  write: (frame: Frame | FrameError) => void
}

type Attachment = { kind: 'none' } | { kind: 'attaching' } | { kind: 'attached', link: HostLink }

/**
 * Passes messages between one client and the host of a data directory, and outlives the host: it knows no tools,
 * remembers what is not answered yet, and attaches anew when the host has gone (CONTRACT §6).
 */
export class Bridge {
  readonly #options: BridgeOptions
  readonly #unanswered = new Unanswered()
  readonly #setup = new ClientSetup()
  /** The same at every host: what a process is bound to that ends with its session. */
  readonly #session = randomUUID()
  #attachment: Attachment = { kind: 'none' }
  #initialize: Frame | undefined
  #hasClientInitialized = false
  #replayed: (() => void) | undefined
  #preparing: Promise<[FoundHost, typeof import('./host-link')]> | undefined
  #queue: Frame[] = []
  /** Of the host that was attached to last. */
  #version: string | undefined
  #token: FoundToken | undefined
  #onIdle: (() => void) | undefined

  constructor(options: BridgeOptions) {
    this.#options = options
  }

  /** Finds or starts the host before the client has said anything. Throws when there is none to be had. */
  async prepare(): Promise<void> {
    await this.#prepared()
  }

  /** The host, and what talks to it: loaded while the host is looked for. Asked twice at a time it is one search. */
  #prepared() {
    const { host, env } = this.#options
    this.#preparing ??= Promise.all([findOrStartHost(host, env), import('./host-link')]).finally(() => this.#preparing = undefined)
    return this.#preparing
  }

  /** Takes one frame of the client. */
  take(frame: Frame): void {
    const { id, method } = frame
    if (method === 'initialize' && id !== undefined) this.#initialize ??= frame
    if (!this.#initialize) {
      if (method !== undefined && id !== undefined) this.#options.write(frameError(id, -32601, 'Method not found: send initialize first'))
      return
    }
    if (method === 'notifications/initialized') this.#hasClientInitialized = true
    this.#unanswered.sent(frame)
    this.#setup.note(frame)
    if (this.#attachment.kind === 'attached') return void this.#forward(this.#attachment.link, frame)
    // A request is kept as unanswered and goes out after the attachment; what else there is waits here.
    if (id === undefined || method === undefined) this.#queue.push(frame)
    if (this.#attachment.kind === 'none') void this.#attach()
  }

  /** Resolves when nothing waits for an answer. */
  async idle(): Promise<void> {
    if (this.#unanswered.size > 0) await new Promise<void>(resolve => this.#onIdle = resolve)
  }

  /** Ends the session at the host; best effort. */
  async end(): Promise<void> {
    const { link } = { link: undefined, ...this.#attachment }
    this.#attachment = { kind: 'attaching' }
    await link?.terminate()
    link?.close()
  }

  async #attach(): Promise<void> {
    this.#attachment = { kind: 'attaching' }
    let failed: unknown = new Error('it ended during initialize')
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      try {
        const link = await this.#open()
        if (link) return this.#resume(link)
      }
      catch (error) {
        failed = error
        break
      }
    }
    // The client never starts a bridge again: this one stays, and the next message tries anew.
    process.stderr.write(`vantage mcp: ${inWords(failed)}\n`)
    this.#attachment = { kind: 'none' }
    this.#queue = []
    for (const frame of this.#unanswered.all()) this.#answer(frame, failed instanceof VantageError ? failed : UNREACHABLE)
  }

  /** Opens a session with the client's own initialize; undefined when the host ended meanwhile. */
  async #open(): Promise<HostLink | undefined> {
    const [host, { HostLink }] = await this.#prepared()
    this.#token = readHostToken(this.#options.env, this.#options.host.dataDir)
    const link: HostLink = new HostLink(host, this.#headers(), {
      onFrame: frame => this.#receive(link, frame),
      isWaitedFor: id => id === REPLAY_ID || id === TOOLS_ID ? this.#replayed !== undefined : this.#unanswered.has(id),
      onLost: () => {
        this.#onReplayed()
        this.#onLost(link)
      },
    })
    const initialize = this.#initialize
    if (!initialize) throw new Error('attached before initialize')
    const isFirst = this.#unanswered.has(initialize.id)
    await this.#waitForAnswer(() => link.send(isFirst ? initialize : { ...initialize, id: REPLAY_ID }))
    if (!link.isLost && this.#unanswered.needsToolList) {
      await this.#waitForAnswer(() => link.send({ jsonrpc: '2.0', id: TOOLS_ID, method: 'tools/list' }))
    }
    if (!link.isLost) return link
    link.close()
    return undefined
  }

  /** Waits until the host has answered a request of the bridge, or has gone. */
  async #waitForAnswer(send: () => Promise<Delivery>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const answered = new Promise<void>((resolve, reject) => {
      this.#replayed = resolve
      timer = setTimeout(() => reject(new Error('the host does not answer')), ANSWER_MS)
    })
    try {
      const refused = send().then((delivery) => {
        if (delivery.kind === 'unauthorized') throw this.#unauthorized()
        if (delivery.kind === 'refused') throw new Error(`the host refused a request of the bridge: ${delivery.reason}`)
      })
      await Promise.all([refused, answered])
    }
    finally {
      clearTimeout(timer)
      this.#replayed = undefined
    }
  }

  /** Goes on where the last attachment ended: what only reads is sent again, the rest is answered here. */
  #resume(link: HostLink): void {
    this.#attachment = { kind: 'attached', link }
    if (link.isLost) return this.#onLost(link)
    const isFirst = this.#version === undefined
    const isOtherVersion = !isFirst && this.#version !== link.version
    this.#version = link.version
    const queued = this.#queue
    this.#queue = []
    const { again, lost } = this.#unanswered.afterRestart()
    for (const frame of lost) this.#answer(frame, RESTARTED)
    if (this.#hasClientInitialized && !queued.some(({ method }) => method === 'notifications/initialized')) {
      queued.unshift({ jsonrpc: '2.0', method: 'notifications/initialized' })
    }
    const setup = isFirst ? [] : this.#setup.requests()
    for (const frame of [...setup, ...queued, ...again]) void this.#forward(link, frame)
    if (!isFirst && this.#hasClientInitialized) {
      for (const frame of this.#setup.news({ isOtherVersion })) this.#pass(frame)
    }
  }

  async #forward(link: HostLink, frame: Frame): Promise<void> {
    this.#unanswered.delivered(frame.id)
    const delivery = await link.send(frame)
    if (delivery.kind === 'unreached') this.#unanswered.undelivered(frame.id)
    if (frame.id === undefined || !this.#unanswered.has(frame.id)) return
    if (delivery.kind === 'unauthorized') this.#answer(frame, this.#unauthorized())
    if (delivery.kind === 'refused') this.#pass(frameError(frame.id, -32603, delivery.reason))
  }

  #unauthorized(): VantageError {
    return unauthorized(this.#token, this.#options.host.dataDir)
  }

  #receive(link: HostLink, frame: Frame): void {
    const isAnswer = frame.method === undefined
    if (isAnswer && this.#setup.isOwn(frame.id)) return
    if (isAnswer && frame.id === TOOLS_ID) {
      this.#unanswered.learn(frame)
      return this.#onReplayed()
    }
    if (isAnswer && (frame.id === REPLAY_ID || frame.id === this.#initialize?.id)) {
      const initialized = Initialized.safeParse(frame)
      if (initialized.success) link.setProtocolVersion(initialized.data.result.protocolVersion)
      this.#onReplayed()
      if (frame.id === REPLAY_ID) return
    }
    this.#pass(frame)
  }

  #onReplayed(): void {
    this.#replayed?.()
    this.#replayed = undefined
  }

  #onLost(link: HostLink): void {
    if (this.#attachment.kind !== 'attached' || this.#attachment.link !== link) return
    link.close()
    void this.#attach()
  }

  #answer(frame: Frame, error: VantageError): void {
    if (frame.id === undefined) return
    if (frame.method !== 'tools/call') return this.#pass(frameError(frame.id, -32603, `${error.message} ${error.hint}`))
    this.#pass({ jsonrpc: '2.0', id: frame.id, result: toErrorAnswer(error) })
  }

  #pass(frame: Frame | FrameError): void {
    this.#unanswered.answered(frame)
    this.#options.write(frame)
    if (this.#unanswered.size === 0) this.#onIdle?.()
  }

  #headers(): Record<string, string> {
    const { env: { PATH: path = '', CLAUDE_PROJECT_DIR: project }, cwd } = this.#options
    const place = placeHeaders({ project: project || cwd, path })
    if (path !== '' && !(PATH_HEADER in place)) process.stderr.write('vantage mcp: PATH is too long to be sent along; processes get that of the host\n')
    return {
      [SESSION_HEADER]: this.#session,
      ...place,
      ...(this.#token && { authorization: `Bearer ${this.#token.token}` }),
    }
  }
}

function inWords(thrown: unknown): string {
  if (thrown instanceof VantageError) return `${thrown.message} ${thrown.hint}`
  return thrown instanceof Error ? thrown.message : String(thrown)
}
