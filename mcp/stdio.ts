import { PassThrough, type Readable, type Writable } from 'node:stream'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { createFrameReader, Frame } from './stdio-frames'
import { Unanswered } from './unanswered'

/** After the end of the input, answers that are on their way may still come, this long. */
const DRAIN_MS = 200

export interface StdioOptions {
  server: Server
  input: Readable
  output: Writable
  /** Called once: the client has gone, or nobody reads its answers. */
  onEnd: () => void
}

/** Speaks MCP on two streams until one of them ends. Garbage is answered and skipped, as the bridge does. */
export async function serveStdio({ server, input, output, onEnd }: StdioOptions): Promise<void> {
  const unanswered = new Unanswered()
  const lines = new PassThrough()
  let isEnding = false

  const finish = () => {
    clearTimeout(timer)
    onEnd()
  }
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    if (isEnding) return
    isEnding = true
    if (unanswered.size === 0) finish()
    else timer = setTimeout(finish, DRAIN_MS)
  }

  const read = createFrameReader({
    onFrame: (frame) => {
      unanswered.sent(frame)
      lines.write(`${JSON.stringify(frame)}\n`)
    },
    onGarbage: answer => void output.write(`${JSON.stringify(answer)}\n`),
  })
  output.on('error', () => {
    isEnding = true
    finish()
  })
  await server.connect(new AnsweringTransport(lines, output, (message) => {
    const frame = Frame.safeParse(message)
    if (frame.success) unanswered.answered(frame.data)
    if (isEnding && unanswered.size === 0) finish()
  }))
  input.on('data', read)
  input.on('end', () => {
    read(Buffer.from('\n'))
    end()
  })
  for (const event of ['close', 'error']) input.on(event, end)
}

/** Tells what it has written. */
class AnsweringTransport extends StdioServerTransport {
  readonly #onSent: (message: JSONRPCMessage) => void

  constructor(input: Readable, output: Writable, onSent: (message: JSONRPCMessage) => void) {
    super(input, output, { maxBufferSize: Infinity }) // the reader before it limits a frame
    this.#onSent = onSent
  }

  override async send(message: JSONRPCMessage): Promise<void> {
    await super.send(message)
    this.#onSent(message)
  }
}
