import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { BenchHost } from './host.ts'

const ANSWER_LIMIT_MS = 5_000

/** The arguments of Node that make a host measure its own event loop and write the answer to `file`. */
export function loopDelayArgs(file: string): string[] {
  const url = pathToFileURL(join(import.meta.dirname, 'loop-delay.mjs'))
  url.searchParams.set('file', file)
  return ['--import', url.href]
}

/** The longest time the event loop of the host stood still since the last call, in ms. */
export async function takeLoopDelay(host: BenchHost, file: string): Promise<number> {
  process.kill(host.pid, 'SIGPWR')
  for (const end = performance.now() + ANSWER_LIMIT_MS; performance.now() < end; await sleep(5)) {
    const text = await readFile(file, 'utf8').catch(() => undefined) // not there yet
    if (text === undefined) continue
    await rm(file)
    return Number(text)
  }
  throw new Error('the host does not tell how long its event loop stood still')
}
