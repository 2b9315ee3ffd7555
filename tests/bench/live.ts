import { join } from 'node:path'
import { scratchDirectory, startHost, SYSTEM_NODE } from './host.ts'
import { rowOf, type Row } from './report.ts'

const CLOCK = join(import.meta.dirname, '../fixtures/clock.mjs')
const LINES = 300
const EVERY_MS = 23
const LIMIT_MS = 30_000

/** From a line's write to its arrival at a reader of the log stream; both ends look at the same monotonic clock. */
export async function measureLive(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  await using host = await startHost(join(directory.path, 'data'))
  await host.call('POST', '/api/processes', { id: 'clock', command: SYSTEM_NODE, args: [CLOCK, String(LINES), String(EVERY_MS)] })
  const answer = await fetch(`${host.url}/api/processes/clock/logs/stream?stream=stdout`, { signal: AbortSignal.timeout(LIMIT_MS) })
  if (!answer.ok || !answer.body) throw new Error(`the log stream answers ${answer.status}`)
  await host.call('POST', '/api/processes/clock/start')
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
  return [rowOf('live: write → reader of the stream', 'ms', taken)]
}
