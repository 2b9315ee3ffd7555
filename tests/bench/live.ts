import { join } from 'node:path'
import { scratchDirectory, startHost, SYSTEM_NODE, type BenchHost } from './host.ts'
import { rowOf, type Row } from './report.ts'
import { openBenchSocket } from './socket.ts'

const CLOCK = join(import.meta.dirname, '../fixtures/clock.mjs')
const LINES = 300
const EVERY_MS = 23
const LIMIT_MS = 60_000

/** From a line's write to its arrival at a reader; both ends look at the same monotonic clock. */
export async function measureLive(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  await using host = await startHost(join(directory.path, 'data'))
  await host.call('POST', '/api/processes', { id: 'clock', command: SYSTEM_NODE, args: [CLOCK, String(LINES), String(EVERY_MS)] })
  const socket = await overSocket(host)
  const stream = await overStream(host)
  return [
    rowOf('live: write → WebSocket frame', 'ms', socket, { limit: { kind: 'below', value: 15 } }),
    rowOf('live: write → reader of the stream', 'ms', stream),
  ]
}

async function overSocket(host: BenchHost): Promise<number[]> {
  using socket = await openBenchSocket(host.url)
  const taken: number[] = []
  const done = new Promise<void>((resolve, reject) => {
    setTimeout(() => reject(new Error('the lines do not all arrive')), LIMIT_MS).unref()
    socket.onMessage(({ topic, type, data }) => {
      const now = process.hrtime.bigint()
      if (topic !== 'logs:clock') return
      if (type === 'error') reject(new Error(JSON.stringify(data)))
      for (const [, written = ''] of JSON.stringify(data ?? '').matchAll(/"text":"(\d+)"/g)) taken.push(Number(now - BigInt(written)) / 1e6)
      if (taken.length >= LINES) resolve()
    })
  })
  socket.subscribe('logs:clock')
  await host.call('POST', '/api/processes/clock/start')
  await done
  return taken
}

async function overStream(host: BenchHost): Promise<number[]> {
  const answer = await fetch(`${host.url}/api/processes/clock/logs/stream?stream=stdout`, { signal: AbortSignal.timeout(LIMIT_MS) })
  if (!answer.ok || !answer.body) throw new Error(`the log stream answers ${answer.status}`)
  await host.call('POST', '/api/processes/clock/restart')
  const taken: number[] = []
  let rest = ''
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let part = await reader.read(); !part.done && taken.length < LINES; part = await reader.read()) {
    const now = process.hrtime.bigint()
    const lines = (rest + part.value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const written = /^data: .*"text":"(\d+)"/.exec(line)?.[1]
      if (written !== undefined) taken.push(Number(now - BigInt(written)) / 1e6)
    }
  }
  await reader.cancel()
  return taken
}
