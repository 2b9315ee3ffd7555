import { describe, expect, it } from 'vitest'
import { createFrameReader, type Frame, type FrameError } from '../../../mcp/stdio-frames'

function readAll(...chunks: (string | Buffer)[]) {
  const frames: Frame[] = []
  const garbage: FrameError[] = []
  const read = createFrameReader({ onFrame: frame => frames.push(frame), onGarbage: answer => garbage.push(answer) })
  for (const chunk of chunks) read(Buffer.from(chunk))
  return { frames, garbage }
}

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'

describe('createFrameReader', () => {
  it('puts a frame together that comes in pieces, within a character too', () => {
    const bytes = Buffer.from(`{"jsonrpc":"2.0","id":"ü","method":"ping"}\n`)
    const { frames } = readAll(...Array.from(bytes, byte => Buffer.from([byte])))
    expect(frames).toEqual([{ jsonrpc: '2.0', id: 'ü', method: 'ping' }])
  })

  it('takes several frames of one chunk, and CRLF', () => {
    expect(readAll(`${PING}\r\n${PING}\n\n${PING}\n`).frames).toHaveLength(3)
  })

  it('answers a garbage line with -32700 and goes on', () => {
    const { frames, garbage } = readAll(`hello\n${PING}\n`)
    expect(garbage).toEqual([{ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } }])
    expect(frames).toHaveLength(1)
  })

  it('answers JSON that is no frame with -32600 and its id', () => {
    const { garbage } = readAll('{"id":7}\n[]\n')
    expect(garbage.map(({ id, error }) => [id, error.code])).toEqual([[7, -32600], [null, -32600]])
  })

  it('skips a frame over 10 MiB and takes the next one', () => {
    const { frames, garbage } = readAll('x'.repeat(6_000_000), 'x'.repeat(6_000_000), `x\n${PING}\n`)
    expect(garbage).toHaveLength(1)
    expect(frames).toHaveLength(1)
  })

  it('passes on what it does not know', () => {
    expect(readAll('{"jsonrpc":"2.0","method":"x/y","params":{"deep":[1,{"a":null}]}}\n').frames)
      .toEqual([{ jsonrpc: '2.0', method: 'x/y', params: { deep: [1, { a: null }] } }])
  })
})
