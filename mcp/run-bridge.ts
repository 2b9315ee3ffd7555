import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { version } from '../package.json'
import { Bridge } from './bridge'
import type { HostCommand } from './find-host'
import { createFrameReader } from './stdio-frames'

// Else the space for short-lived objects grows to 32 MB after a burst of calls, and stays so: each agent has a bridge.
setFlagsFromString('--semi-space-growth-factor=1')

/** After the end of stdin, answers that are on their way may still come, this long. */
const DRAIN_MS = 700
/** What telling the host may take. */
const GOODBYE_MS = 80

/** Speaks MCP on stdio for the host of a data directory, until stdin ends, stdout breaks or a signal comes. */
export async function runBridge(host: Omit<HostCommand, 'version'>): Promise<void> {
  const bridge = new Bridge({
    host: { ...host, version },
    env: process.env,
    cwd: process.cwd(),
    write: frame => void process.stdout.write(`${JSON.stringify(frame)}\n`),
  })
  let isEnding = false

  function end(drainMs: number): void {
    if (isEnding) return
    isEnding = true
    // Not unrefed: whatever else is open, this ends it.
    setTimeout(() => process.exit(0), drainMs + GOODBYE_MS)
    const goodbye = async () => {
      if (drainMs > 0) await Promise.race([bridge.idle(), new Promise(resolve => setTimeout(resolve, drainMs))])
      await Promise.all([bridge.end(), new Promise<void>(resolve => process.stdout.write('', () => resolve()))])
    }
    goodbye().then(() => process.exit(0), () => process.exit(0))
  }

  // The reader of our stdout has gone: there is nobody left to serve.
  process.stdout.on('error', () => process.exit(0))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0))

  const read = createFrameReader({
    onFrame: frame => bridge.take(frame),
    onGarbage: answer => void process.stdout.write(`${JSON.stringify(answer)}\n`),
  })
  process.stdin.on('data', read)
  process.stdin.on('end', () => {
    read(Buffer.from('\n'))
    end(DRAIN_MS)
  })
  for (const event of ['close', 'error']) process.stdin.on(event, () => end(DRAIN_MS))

  try {
    await bridge.prepare()
  }
  catch (error) {
    process.stderr.write(`vantage mcp: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}
