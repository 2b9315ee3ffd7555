import { waitFor } from './wait-for'

export interface StreamMessage { id?: string, event?: string, data?: unknown }

export interface TestStream extends Disposable {
  /** What has arrived so far; ids without data are left out. */
  readonly messages: StreamMessage[]
  /** Settles when the server has ended the stream. */
  readonly ended: Promise<void>
  find: (what: string, wanted: (message: StreamMessage) => boolean) => Promise<StreamMessage>
  close: () => void
}

/** Reads a stream of Server-Sent Events. */
export async function openStream(url: string, headers: Record<string, string> = {}): Promise<TestStream> {
  const end = new AbortController()
  const answer = await fetch(url, { headers, signal: end.signal })
  if (!answer.ok || !answer.body) throw new Error(`${url} answers ${answer.status}`)
  const messages: StreamMessage[] = []
  const ended = read(answer.body, messages).catch((error: unknown) => {
    if (!end.signal.aborted) throw error
  })
  return {
    messages,
    ended,
    find: (what, wanted) => waitFor(what, () => messages.find(wanted)),
    close: () => end.abort(),
    [Symbol.dispose]: () => end.abort(),
  }
}

async function read(body: ReadableStream<Uint8Array>, messages: StreamMessage[]): Promise<void> {
  let rest = ''
  const decoder = new TextDecoder()
  const reader = body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (rest + decoder.decode(part.value, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    messages.push(...blocks.map(toMessage).filter(({ data }) => data !== undefined))
  }
}

function toMessage(block: string): StreamMessage {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
  const data = field('data')
  return { id: field('id'), event: field('event'), data: data === undefined ? undefined : JSON.parse(data) }
}
