import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { failpoints } from './failpoints'
import { create, infoOf } from './playground'

const ROUNDS = 20
/** Long enough that a write of the file takes several system calls' time. */
const LONG = 'x'.repeat(1900)

describe('a host that is killed inside a write of snapshot.yaml', () => {
  it.each([
    ['half-written', 'before'],
    ['before-rename', 'before'],
    ['after-rename', 'after'],
  ])('at the point %s leaves the file as it was %s the change, whole, and nothing beside it', async (point, expected) => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using first = await startHost({ dataDir, env: failpoints({ FAILPOINT: `${point}:3` }) })
    await create(first, { id: 'web', command: 'sleep', args: ['600'], env: { MARK: 'before' } })
    await create(first, { id: 'other', command: 'true' })
    const before = readFileSync(join(dataDir, 'snapshot.yaml'), 'utf8')
    const answer = await first.send('PATCH', '/api/processes/web', { env: { MARK: 'after' } }).catch(() => 'no answer')
    expect(answer).toBe('no answer')
    expect(await first.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
    const after = readFileSync(join(dataDir, 'snapshot.yaml'), 'utf8')
    if (expected === 'before') expect(after).toBe(before)
    await using second = await startHost({ dataDir })
    expect((await infoOf(second, 'web')).env).toEqual({ MARK: expected })
    expect((await infoOf(second, 'other')).command).toBe('true')
    expect(readdirSync(dataDir).filter(name => name.includes('.tmp') || name.includes('corrupt'))).toEqual([])
    expect(second.log()).not.toContain('backup')
  })

  it('at any moment has each definition as it was acknowledged last, or as it was asked for then', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const ids = ['a', 'b', 'c', 'd']
    const acknowledged = new Map(ids.map(id => [id, 0]))
    for (let round = 0; round < ROUNDS; round++) {
      await using host = await startHost({ dataDir })
      expect(host.log()).not.toMatch(/corrupt|backup/)
      for (const id of ids) {
        if (round === 0) await create(host, { id, command: 'true', env: { N: '0', LONG } })
        const { env } = await infoOf(host, id)
        const known = acknowledged.get(id) ?? 0
        expect([known, known + 1]).toContain(Number(env.N))
        expect(env.LONG).toBe(LONG)
        acknowledged.set(id, Number(env.N))
      }
      let isOver = false
      const writers = ids.map(async (id) => {
        for (let next = (acknowledged.get(id) ?? 0) + 1; !isOver; next++) {
          const answer = await host.send('PATCH', `/api/processes/${id}`, { env: { N: String(next) } }).catch(() => undefined) // cut off by the kill
          if (answer?.status !== 200) return
          acknowledged.set(id, next)
        }
      })
      const sum = () => [...acknowledged.values()].reduce((total, value) => total + value, 0)
      const before = sum()
      await waitFor('the writes are under way', () => sum() >= before + 8)
      await sleep(round % 7) // where in a write the host dies is what the rounds vary
      await host.end('SIGKILL')
      isOver = true
      await Promise.all(writers)
    }
    await using last = await startHost({ dataDir })
    expect(await last.send('GET', '/api/status')).toMatchObject({ body: { process_count: ids.length } })
  })
})
