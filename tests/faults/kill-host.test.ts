import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ProcessInfo } from '#shared/schemas/process-info'
import { startHost } from '../helpers/host'
import { pidsWithEnvironment } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { countLines, killRound } from './kill-round'
import { infoOf } from './playground'

const ROUNDS = 20
const LINES = 40_000

describe('kill -9 of the host', () => {
  it.each(Array.from({ length: ROUNDS }, (_, round) => round))(
    'in the middle of a flood loses no line, no pid and no exit code: round %i',
    async (round) => {
      const whole = { lines: LINES, lost: 0, twice: 0, wrongExits: 0, duplicates: 0 }
      expect(await killRound(round, { lines: LINES, perSecond: 20_000 })).toEqual(whole)
    },
  )

  it('would be noticed if a line was missing, came twice or was made up', () => {
    expect(countLines(['line 0', 'line 1', 'line 2'], 3)).toEqual({ lost: 0, twice: 0 })
    expect(countLines(['line 0', 'line 2', 'line 2'], 3)).toEqual({ lost: 1, twice: 1 })
    expect(countLines(['line 0', 'line 1', 'line 2', 'ine 2'], 3)).toEqual({ lost: 0, twice: 1 })
  })

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
      const { pid } = await infoOf(second, id)
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
