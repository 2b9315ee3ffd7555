import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { codeOf, create, infoOf, inPhase, pidsOf, run, shell, untilOnly } from './playground'

describe('readiness over the death of a host', () => {
  it('that came before it is known to the next one, and the process is the same', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, shell('web', 'echo listening; exec sleep 600', { ready: { log: 'listening' } }))
    await inPhase(first, 'web', 'ready')
    await first.end('SIGKILL')
    await using second = await startHost({ dataDir })
    await inPhase(second, 'web', 'ready')
    expect(await infoOf(second, 'web')).toMatchObject({ state: 'Running', pid, run: 1 })
  })

  it('that came while no host looked is found by the next one', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const go = join(directory.path, 'go')
    const said = join(directory.path, 'said')
    const script = `while [ ! -e ${go} ]; do sleep 0.05; done; echo listening; touch ${said}; exec sleep 600`
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, shell('web', script, { ready: { log: '^listening$' } }))
    expect((await infoOf(first, 'web')).phase).toBe('starting')
    await first.end('SIGKILL')
    writeFileSync(go, '')
    await waitFor('it has said so', () => isThere(said))
    await using second = await startHost({ dataDir })
    expect(await inPhase(second, 'web', 'ready')).toMatchObject({ pid, run: 1 })
  })

  it('that does not come is said, and nothing is killed for it', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, shell('web', 'exec sleep 600', { ready: { log: 'never', timeout_ms: 1000 } }))
    await first.end('SIGKILL')
    await using second = await startHost({ dataDir })
    expect(await inPhase(second, 'web', 'unready')).toMatchObject({ state: 'Running', pid })
    await untilOnly('web', [pid])
  })
})

describe('a process that depends on another', () => {
  it('waits for it over the death of the host, and starts once', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const go = join(directory.path, 'go')
    const starts = join(directory.path, 'starts')
    await using first = await startHost({ dataDir })
    await create(first, shell('db', `while [ ! -e ${go} ]; do sleep 0.05; done; echo up; exec sleep 600`, { ready: { log: '^up$' } }))
    await create(first, shell('web', `echo $$ >>${starts}; exec sleep 600`, { depends_on: { db: 'ready' } }))
    void first.send('POST', '/api/processes/web/start').catch(() => undefined) // its answer may never come
    await inPhase(first, 'web', 'waiting')
    await inPhase(first, 'db', 'starting')
    expect(await first.send('POST', '/api/processes/web/start')).toMatchObject({ status: 409, body: { error: { code: 'ALREADY_RUNNING' } } })
    await first.end('SIGKILL')
    await using second = await startHost({ dataDir })
    await inPhase(second, 'web', 'waiting')
    writeFileSync(go, '')
    const { pid } = await inPhase(second, 'web', 'running')
    await untilOnly('web', [pid])
    expect(readFileSync(starts, 'utf8').trim().split('\n')).toHaveLength(1)
  })

  it('does not start when that one fails, and says which', async () => {
    await using host = await startHost()
    await create(host, shell('migrate', 'exit 3'))
    await create(host, shell('web', 'exec sleep 600', { depends_on: { migrate: 'succeeded' } }))
    const answer = await host.send('POST', '/api/processes/web/start')
    if (answer.status !== 200) expect([answer.status, codeOf(answer)]).toEqual([409, 'DEPENDENCY_FAILED'])
    const info = await waitFor('it has failed', async () => {
      const now = await infoOf(host, 'web')
      return now.state === 'Failed' && now
    })
    expect(info.error).toContain('migrate')
    expect(pidsOf('web')).toEqual([])
  })

  it('can be called off while it waits', async () => {
    await using host = await startHost()
    await create(host, shell('db', 'exec sleep 600', { ready: { log: 'never', timeout_ms: 600_000 } }))
    await create(host, shell('web', 'exec sleep 600', { depends_on: { db: 'ready' } }))
    void host.send('POST', '/api/processes/web/start').catch(() => undefined) // it may answer when it is called off
    await inPhase(host, 'web', 'waiting')
    expect(await host.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 200, body: { phase: 'idle' } })
    expect(pidsOf('web')).toEqual([])
  })

  it('of itself, by a detour, is refused', async () => {
    await using host = await startHost()
    await create(host, shell('a', 'exit 0'))
    await create(host, shell('b', 'exit 0', { depends_on: { a: 'started' } }))
    const refused = await host.send('PATCH', '/api/processes/a', { depends_on: { b: 'started' } })
    expect([refused.status, codeOf(refused)]).toEqual([409, 'DEPENDENCY_CYCLE'])
  })
})

function isThere(file: string): boolean {
  try {
    return readFileSync(file).length >= 0
  }
  catch {
    return false // not yet
  }
}
