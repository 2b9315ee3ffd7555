import { StringDecoder } from 'node:string_decoder'
import { z } from 'zod'

const MAX_FRAME_CHARS = 10 * 1024 * 1024

const Id = z.union([z.string(), z.number()])

/** As much of a JSON-RPC message as a pump has to know; everything else passes through untouched. */
export const Frame = z.looseObject({ jsonrpc: z.literal('2.0'), id: Id.optional(), method: z.string().optional() })
  .refine(frame => frame.method !== undefined || frame.id !== undefined)
export type Frame = z.output<typeof Frame>
export type FrameId = z.output<typeof Id>

export interface FrameError { jsonrpc: '2.0', id: FrameId | null, error: { code: number, message: string } }

export interface FrameListener {
  onFrame: (frame: Frame) => void
  /** Something that is no frame, and the answer to it. */
  onGarbage: (answer: FrameError) => void
}

/** Makes a JSON-RPC error answer. */
export function frameError(id: FrameId | null, code: number, message: string): FrameError {
  return { jsonrpc: '2.0', id, error: { code, message } }
}

/** Cuts chunks of stdin into frames, one a line. Garbage is answered and skipped, a frame over 10 MiB too: nothing ends the pump. */
export function createFrameReader({ onFrame, onGarbage }: FrameListener): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let pieces: string[] = []
  let length = 0
  let isSkipping = false

  function add(piece: string): void {
    if (isSkipping) return
    length += piece.length
    pieces.push(piece)
    if (length <= MAX_FRAME_CHARS) return
    isSkipping = true
    pieces = []
    onGarbage(frameError(null, -32700, `Parse error: a frame may have ${MAX_FRAME_CHARS} characters`))
  }

  function endLine(): void {
    const line = pieces.join('').trim()
    const wasSkipping = isSkipping
    pieces = []
    length = 0
    isSkipping = false
    if (!wasSkipping && line !== '') read(line)
  }

  function read(line: string): void {
    let value: unknown
    try {
      value = JSON.parse(line)
    }
    catch {
      return onGarbage(frameError(null, -32700, 'Parse error'))
    }
    const frame = Frame.safeParse(value)
    if (frame.success) return onFrame(frame.data)
    const id = z.object({ id: Id }).safeParse(value)
    onGarbage(frameError(id.success ? id.data.id : null, -32600, 'Invalid Request'))
  }

  return (chunk) => {
    const lines = decoder.write(chunk).split('\n')
    const rest = lines.pop() ?? ''
    for (const line of lines) {
      add(line)
      endLine()
    }
    add(rest)
  }
}
