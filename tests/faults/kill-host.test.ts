import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { LogPage } from '#shared/schemas/logs'
import { ProcessInfo } from '#shared/schemas/process-info'
import { startHost, type TestHost } from '../helpers/host'
import { isRunning, pidsWithEnvironment } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'

const NUMBERED = join(import.meta.dirname, '../fixtures/numbered.mjs')
const ROUNDS = 20
const LINES = 40_000

const info = async (host: TestHost, id: string) => ProcessInfo.parse((await host.send('GET', `/api/processes/${id}`)).body)

async function pageAfter(host: TestHost, since: string | undefined): Promise<LogPage> {
  const query = new URLSearchParams({ format: 'json', stream: 'both', lines: '7000', ...(since !== undefined && { since }) })
  return LogPage.parse((await host.send('GET', `/api/processes/flood/logs?${query}`)).body)
}

/** Reads on from `since` as a client would that was cut off, until there is nothing new. */
async function readOn(host: TestHost, since: string, into: string[]): Promise<void> {
  for (let page = await pageAfter(host, since); page.lines.length > 0; page = await pageAfter(host, page.next)) {
    into.push(...page.lines.map(line => line.text))
  }
}

const expected = Array.from({ length: LINES }, (_, number) => `line ${number}`)
const byNumber = (a: string, b: string) => Number(a.slice(5)) - Number(b.slice(5))

describe('kill -9 of the host', () => {
  it.each(Array.from({ length: ROUNDS }, (_, round) => round))(
    'in the middle of a flood loses no line, no pid and no exit code: round %i',
    async (round) => {
      await using directory = await temporaryDirectory()
      const dataDir = join(directory.path, 'data')
      const code = 1 + (round * 37) % 120
      await using first = await startHost({ dataDir })
      await first.send('POST', '/api/processes', { id: 'flood', command: process.execPath, args: [NUMBERED, `${LINES}`, '20000', `${code}`] })
      const read: string[] = []
      const start = (await pageAfter(first, undefined)).next
      const { body } = await first.send('POST', '/api/processes/flood/start')
      const { pid = 0 } = ProcessInfo.parse(body)
      await sleep(100 + (round * 53) % 700) // where in the flood the host dies is what the rounds vary
      const page = await pageAfter(first, start) // as far as the reader has come when its host dies
      read.push(...page.lines.map(line => line.text))
      await first.end('SIGKILL')
      const isLate = round % 5 === 4
      if (isLate) await waitFor('the process ends while no host runs', () => !isRunning(pid))
      else expect(isRunning(pid)).toBe(true)
      await using second = await startHost({ dataDir })
      const adopted = await info(second, 'flood')
      expect(adopted.run).toBe(1)
      if (adopted.state === 'Running') expect(adopted.pid).toBe(pid)
      const ended = await waitFor('the end is known', async () => {
        const now = await info(second, 'flood')
        return now.phase === 'idle' && now
      })
      expect(ended).toMatchObject({ state: 'Failed', exit_code: code })
      await readOn(second, page.next, read)
      expect(read.toSorted(byNumber)).toEqual(expected)
      const files = ['stdout.log', 'stderr.log'].map(name => readFileSync(join(dataDir, 'processes/flood/runs/1', name), 'utf8'))
      expect(files.join('').trimEnd().split('\n').toSorted(byNumber)).toEqual(expected)
    },
  )

  it('at any moment of a start leaves the process adopted or dead, never alive and unknown', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    for (let delay = 0; delay < 16; delay++) {
      await using first = await startHost({ dataDir })
      const id = `p${delay}`
      await first.send('POST', '/api/processes', { id, command: 'sleep', args: ['600'] })
      void first.send('POST', `/api/processes/${id}/start`).catch(() => undefined) // its answer may never come
      await sleep(delay)
      await first.end('SIGKILL')
      await using second = await startHost({ dataDir })
      await sleep(300) // a shim that is still on its way has written its pid by now, or never will
      const { pid } = await info(second, id)
      expect(pidsWithEnvironment(`VANTAGE_PROCESS_ID=${id}`).filter(each => isSleep(each))).toEqual(pid === undefined ? [] : [pid])
      await second.send('DELETE', `/api/processes/${id}?force=true`)
    }
  })

  it('after an answer keeps what was acknowledged', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const kept = new Set<string>()
    for (let round = 0; round < 15; round++) {
      await using host = await startHost({ dataDir })
      const known = ProcessInfo.array().parse((await host.send('GET', '/api/processes')).body).map(each => each.id)
      expect(known).toEqual(expect.arrayContaining([...kept]))
      const removed = [...kept][0]
      if (removed !== undefined && (await host.send('DELETE', `/api/processes/${removed}`)).status === 204) kept.delete(removed)
      let answered = 0
      const calls = Array.from({ length: 10 }, async (_, index) => {
        const id = `r${round}-${index}`
        const answer = await host.send('POST', '/api/processes', { id, command: 'true' }).catch(() => undefined) // cut off by the kill
        answered++
        if (answer?.status === 201) kept.add(id)
      })
      await waitFor('some are acknowledged', () => answered > round % 10)
      await host.end('SIGKILL')
      await Promise.all(calls)
    }
    expect(kept.size).toBeGreaterThan(15)
  })
})

function isSleep(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sleep'
  }
  catch {
    return false // it has gone
  }
}
