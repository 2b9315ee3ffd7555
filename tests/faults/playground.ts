import { readdirSync, readFileSync } from 'node:fs'
import type { z } from 'zod'
import type { CreateProcessRequest } from '#shared/schemas/definition'
import { ProcessInfo } from '#shared/schemas/process-info'
import { type Answer, RUNNER_MARK, type TestHost } from '../helpers/host'
import { pidsWithEnvironment } from '../helpers/processes'
import { waitFor } from '../helpers/wait-for'

type Definition = z.input<typeof CreateProcessRequest>

/** Defines a process; anything but 201 fails the test. */
export async function create(host: TestHost, definition: Definition): Promise<void> {
  const { status, body } = await host.send('POST', '/api/processes', definition)
  if (status !== 201) throw new Error(`create answers ${status}: ${JSON.stringify(body)}`)
}

/** Defines and starts a process; anything but 200 fails the test. */
export async function run(host: TestHost, definition: Definition): Promise<ProcessInfo & { pid: number }> {
  await create(host, definition)
  const { status, body } = await host.send('POST', `/api/processes/${definition.id}/start`)
  if (status !== 200) throw new Error(`start answers ${status}: ${JSON.stringify(body)}`)
  const info = ProcessInfo.parse(body)
  return { ...info, pid: info.pid ?? 0 }
}

export async function infoOf(host: TestHost, id: string): Promise<ProcessInfo> {
  return ProcessInfo.parse((await host.send('GET', `/api/processes/${id}`)).body)
}

/** Waits until nothing of the process runs any more. */
export function rest(host: TestHost, id: string, limitMs?: number): Promise<ProcessInfo> {
  return waitFor(`"${id}" is at rest`, async () => {
    const info = await infoOf(host, id)
    return info.phase === 'idle' && info
  }, limitMs)
}

/** The newest lines of a process. */
export async function linesOf(host: TestHost, id: string, query = 'stream=both&lines=100'): Promise<string[]> {
  const { body } = await host.send('GET', `/api/processes/${id}/logs?${query}`)
  if (!Array.isArray(body)) throw new Error(`the log answers ${JSON.stringify(body)}`)
  return body.map(String)
}

/** The error code of an answer. */
export function codeOf({ body }: Answer): unknown {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

/** The living processes of one id, by their marks: the shims that look after them and other runs of the tests left out. */
export function pidsOf(id: string): number[] {
  const ours = new Set(pidsWithEnvironment(RUNNER_MARK))
  return pidsWithEnvironment(`VANTAGE_PROCESS_ID=${id}`).filter(pid => ours.has(pid) && !commandLine(pid).includes('exec 9>&2'))
}

/** Waits until exactly these processes of one id run: a process that is just being replaced by its command shows no marks. */
export function untilOnly(id: string, pids: readonly (number | undefined)[]): Promise<unknown> {
  return waitFor(`of "${id}" exactly ${JSON.stringify(pids)} run`, () => JSON.stringify(pidsOf(id)) === JSON.stringify(pids))
}

export function residentMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024
}

export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Samples the memory of a process until the scope ends, and gives the most it has held. */
export function watchMemory(pid: number): Disposable & { readonly peakMegabytes: () => number } {
  let peak = residentMegabytes(pid)
  const timer = setInterval(() => peak = Math.max(peak, residentMegabytes(pid)), 50)
  return { peakMegabytes: () => peak, [Symbol.dispose]: () => clearInterval(timer) }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  }
  catch {
    return '' // it has gone
  }
}

/** A definition of a shell script. */
export const shell = (id: string, script: string, more: Partial<Definition> = {}): Definition => ({ id, command: 'sh', args: ['-c', script], ...more })

/** Waits until a process is in this phase. */
export function inPhase(host: TestHost, id: string, phase: ProcessInfo['phase'], limitMs?: number): Promise<ProcessInfo> {
  return waitFor(`"${id}" is ${phase}`, async () => {
    const info = await infoOf(host, id)
    return info.phase === phase && info
  }, limitMs)
}
