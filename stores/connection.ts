import type { Health } from '#shared/schemas/host'
import type { SocketRequest } from '#shared/schemas/events'
import { backoffMs } from '~/composables/backoff'
import type { HostMessage } from '~/composables/host-message'
import { TopicBook, type TopicListener } from '~/composables/topics'

/** The host says something at least every 10 s; after this silence the connection is taken for dead. */
const SILENCE_MS = 13_000
const GONE_AFTER_MS = 30_000
const BACK_FOR_MS = 3000

export type ConnectionPhase = 'connecting' | 'connected' | 'reconnecting' | 'gone'

/** The one WebSocket of the page: topics, heartbeat, and its way back after a loss. */
export const useConnectionStore = defineStore('connection', () => {
  const phase = ref<ConnectionPhase>('connecting')
  /** When the state shown was last known to be true (ms), while disconnected. */
  const asOf = ref<number>()
  const retryAt = ref<number>()
  /** After a recovery, for 3 s: by the same host, or by a new one. */
  const back = ref<'same' | 'restarted'>()
  const hostPid = ref<number>()
  const version = ref<string>()
  const isConnected = computed(() => phase.value === 'connected')

  const session = useSessionStore()
  const topics = new TopicBook()
  let socket: WebSocket | undefined
  let isWanted = false
  let attempt = 0
  let lastHeard = Date.now()
  const timers: Partial<Record<'silence' | 'retry' | 'gone' | 'back', ReturnType<typeof setTimeout>>> = {}

  function after(name: keyof typeof timers, milliseconds: number, action: () => void): void {
    clearTimeout(timers[name])
    timers[name] = setTimeout(action, milliseconds)
  }

  function send(message: SocketRequest | undefined): void {
    if (message && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }

  function subscribe(topic: string, listener: TopicListener, since?: string): () => void {
    send(topics.add(topic, listener, since))
    return () => send(topics.remove(topic, listener))
  }

  function connect(): void {
    isWanted = true
    clearTimeout(timers.retry)
    retryAt.value = undefined
    socket?.close()
    const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/ws`)
    socket = opened
    const isCurrent = () => socket === opened
    let hasOpened = false
    opened.onopen = () => {
      hasOpened = true
      if (isCurrent()) onOpen()
    }
    opened.onmessage = event => isCurrent() && onMessage(event.data)
    opened.onclose = () => {
      if (!isCurrent()) return
      onLoss()
      // A browser does not tell why a socket was refused: the host may want a token.
      if (!hasOpened) void session.check()
    }
    after('silence', SILENCE_MS, () => isCurrent() && onLoss())
  }

  function onOpen(): void {
    heard()
    topics.requests().forEach(send)
    void greet()
  }

  /** Asks who is there: another pid means that Vantage was restarted. */
  async function greet(): Promise<void> {
    const wasLost = asOf.value !== undefined
    const health = await readHealth()
    if (!health) return onLoss()
    const restarted = hostPid.value !== undefined && hostPid.value !== health.pid
    hostPid.value = health.pid
    version.value = health.version
    attempt = 0
    clearTimeout(timers.gone)
    phase.value = 'connected'
    asOf.value = undefined
    if (!wasLost) return
    back.value = restarted ? 'restarted' : 'same'
    after('back', BACK_FOR_MS, () => back.value = undefined)
  }

  function onMessage(raw: unknown): void {
    const message: HostMessage = JSON.parse(String(raw))
    heard()
    topics.deliver(message)
    if (message.type === 'host.closing') markLost()
  }

  function heard(): void {
    lastHeard = Date.now()
    after('silence', SILENCE_MS, onLoss)
  }

  function markLost(): void {
    if (asOf.value !== undefined) return
    asOf.value = lastHeard
    back.value = undefined
    phase.value = 'reconnecting'
    after('gone', GONE_AFTER_MS, () => phase.value = 'gone')
  }

  function onLoss(): void {
    clearTimeout(timers.silence)
    const lost = socket
    socket = undefined
    lost?.close()
    markLost()
    const wait = backoffMs(attempt++)
    retryAt.value = Date.now() + wait
    after('retry', wait, connect)
  }

  /** Tries again at once; does nothing while connected, or when no connection is wanted. */
  function retryNow(): void {
    if (isWanted && socket === undefined) connect()
  }

  /** Ends the connection until `connect` is called; topics and what they have shown stay. */
  function disconnect(): void {
    isWanted = false
    Object.values(timers).forEach(clearTimeout)
    const ended = socket
    socket = undefined
    ended?.close()
    phase.value = 'connecting'
    asOf.value = retryAt.value = back.value = undefined
  }

  return { phase, asOf, retryAt, back, hostPid, version, isConnected, subscribe, connect, disconnect, retryNow }
})

async function readHealth(): Promise<Health | undefined> {
  try {
    return await request<Health>('/api/health')
  }
  catch {
    // No answer is the finding: the caller treats it as a lost connection.
    return undefined
  }
}
