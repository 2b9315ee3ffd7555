import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds } from './consumption.ts'
import { benchEnvironment, type BenchHost } from './host.ts'

const FLOOD_LIMIT_MS = 90_000

/** What the writer tells of itself. */
export interface Told { ms: number, cpuMs: number }

/** What the shim does for every managed process. */
export const LOWERED = 'echo 10 2>/dev/null >/proc/self/autogroup; exec "$0" "$@"'

/** How long the writer took by its own clock, its output going to a file that nobody looks at. */
export async function bareFlood(directory: string, told: string, [command = '', ...args]: string[]): Promise<Told> {
  const dir = join(directory, 'bare')
  await mkdir(dir)
  const file = await open(join(dir, 'out.log'), 'a')
  const child = spawn(command, args, {
    stdio: ['ignore', file.fd, 'ignore'], timeout: FLOOD_LIMIT_MS, killSignal: 'SIGKILL', detached: true, env: benchEnvironment(),
  })
  await once(child, 'exit')
  await file.close()
  await rm(dir, { recursive: true })
  const answer = await takeTold(told)
  if (!answer) throw new Error('the bare writer did not end')
  return answer
}

/** The same as process `flood` of the host. */
export async function hostedFlood(host: BenchHost, told: string): Promise<Told> {
  await host.call('POST', '/api/processes/flood/start')
  const answer = await untilTold(told)
  await settle(host)
  return answer
}

/** Waits for what the writer tells at its end. */
export async function untilTold(told: string, limitMs = FLOOD_LIMIT_MS): Promise<Told> {
  for (const end = performance.now() + limitMs; performance.now() < end; await sleep(20)) {
    const answer = await takeTold(told)
    if (answer) return answer
  }
  throw new Error(`the flood does not end within ${limitMs} ms`)
}

/** What the host still does for the flood afterwards belongs to its cost, and must not fall into the next round. */
async function settle(host: BenchHost): Promise<void> {
  for (let before = Number.NaN, now = cpuSeconds(host.pid); now !== before || await isRunning(host); now = cpuSeconds(host.pid)) {
    before = now
    await sleep(300)
  }
}

async function isRunning(host: BenchHost): Promise<boolean> {
  return JSON.stringify(await host.call('GET', '/api/processes/flood')).includes('"state":"Running"')
}

/** Reads and removes what the writer has told; undefined as long as that is nothing. */
async function takeTold(told: string): Promise<Told | undefined> {
  const text = await readFile(told, 'utf8').catch(() => '') // it is still writing
  const [ms, cpuMs] = text.split(' ').map(Number)
  if (ms === undefined || cpuMs === undefined) return undefined
  await rm(told)
  return { ms, cpuMs }
}
