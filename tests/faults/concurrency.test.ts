import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ProcessInfo } from '#shared/schemas/process-info'
import { startHost, type TestHost } from '../helpers/host'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { codeOf, create, infoOf, pidsOf, rest, untilOnly } from './playground'

const CLIENTS = 24
const STORM_MS = 8000

/** Opens a connection that is ready to send. */
async function connection(host: TestHost): Promise<Socket> {
  const { hostname, port } = new URL(host.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}

/** Sends a request at once and gives the status of the answer. */
async function post(socket: Socket, path: string): Promise<number> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  await once(socket, 'close')
  return Number(/^HTTP\/1\.1 (\d+)/.exec(Buffer.concat(chunks).toString())?.[1])
}

describe('calls at once', () => {
  it('of 100 starts, on open connections in one tick, one succeeds, and there is one process', async () => {
    await using host = await startHost()
    await create(host, { id: 'web', command: 'sleep', args: ['600'] })
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connection(host)))
    const statuses = await Promise.all(sockets.map(socket => post(socket, '/api/processes/web/start')))
    expect(statuses.toSorted()).toEqual([200, ...Array.from({ length: 99 }, () => 409)])
    const { pid, run } = await infoOf(host, 'web')
    expect(run).toBe(1)
    await untilOnly('web', [pid])
  })

  it('of 50 creations of one id one succeeds', async () => {
    await using host = await startHost()
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) =>
      host.send('POST', '/api/processes', { id: 'web', command: 'sleep', args: [String(600 + index)] })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 49 }, () => 409)])
    expect(answers.filter(({ status }) => status === 409).every(answer => codeOf(answer) === 'PROCESS_EXISTS')).toBe(true)
    const winner = answers.find(({ status }) => status === 201)
    expect((await infoOf(host, 'web')).args).toEqual(ProcessInfo.parse(winner?.body).args)
  })

  it('happen once when the client has gone before the answer', async () => {
    await using host = await startHost()
    for (let round = 0; round < 10; round++) {
      const id = `p${round}`
      await create(host, { id, command: 'sleep', args: ['600'] })
      const socket = await connection(host)
      socket.write(`POST /api/processes/${id}/start HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      await new Promise(resolve => setTimeout(resolve, round)) // the moment at which the client goes is what the rounds vary
      socket.resetAndDestroy()
      // A request that the host has not read before the reset may not happen at all, but never half or twice.
      await host.send('POST', `/api/processes/${id}/start`)
      const { state, run, pid } = await infoOf(host, id)
      expect({ state, run }).toEqual({ state: 'Running', run: 1 })
      await untilOnly(id, [pid])
    }
  })
})

describe('a storm of 24 clients', () => {
  it('ends with host and operating system agreed, and without a 5xx', async () => {
    await using host = await startHost()
    const ids = Array.from({ length: 6 }, (_, index) => `storm-${index}`)
    const end = performance.now() + STORM_MS
    const failures: unknown[] = []
    let calls = 0
    const client = async (number: number) => {
      for (let turn = number; performance.now() < end; turn += 7) {
        const id = ids[turn % ids.length] ?? ''
        const answer = await callOf(host, id, (turn * 31 + number) % 6)
        calls++
        if (answer.status >= 500) failures.push(answer)
      }
    }
    await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)))
    expect(failures).toEqual([])
    expect(calls).toBeGreaterThan(200)
    const known = ProcessInfo.array().parse((await host.send('GET', '/api/processes')).body)
    for (const id of ids) {
      const info = known.find(each => each.id === id)
      await untilOnly(id, info?.state === 'Running' ? [info.pid] : [])
    }
    expect(readdirSync(join(host.dataDir, 'processes')).toSorted()).toEqual(known.map(({ id }) => id))
    for (const { id, state } of known) {
      if (state === 'Running') await host.send('POST', `/api/processes/${id}/stop`)
      expect((await rest(host, id)).state).not.toBe('Running')
    }
  })

  it('whose host is killed in the middle leaves nothing alive that the next one does not know', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const ids = Array.from({ length: 6 }, (_, index) => `storm-${index}`)
    for (let round = 0; round < 4; round++) {
      await using host = await startHost({ dataDir })
      let isOver = false
      let calls = 0
      const client = async (number: number) => {
        for (let turn = number; !isOver; turn += 7) {
          const id = ids[turn % ids.length] ?? ''
          const answer = await callOf(host, id, (turn * 31 + number + round) % 6).catch(() => undefined) // cut off by the kill
          if (answer) calls++
        }
      }
      const clients = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)))
      await waitFor('the storm is under way', () => calls > 100 + 40 * round, 60_000)
      await host.end('SIGKILL')
      isOver = true
      await clients
      await using next = await startHost({ dataDir })
      // What was begun may still be finished: a restart is at rest for a moment before it starts again.
      await waitFor('the next host and the operating system agree', async () => {
        const known = ProcessInfo.array().parse((await next.send('GET', '/api/processes')).body)
        const isSettled = known.every(({ phase }) => phase === 'idle' || phase === 'running')
        const running = (id: string) => known.filter(info => info.id === id && info.state === 'Running').map(({ pid }) => pid)
        return isSettled && ids.every(id => pidsOf(id).join() === running(id).join())
      }, 30_000)
    }
  })
})

async function callOf(host: TestHost, id: string, choice: number) {
  if (choice === 0) return await host.send('POST', `/api/processes/${id}/stop`)
  if (choice === 1) return await host.send('DELETE', `/api/processes/${id}?force=true`)
  if (choice === 2) return await host.send('POST', '/api/processes', { id, command: 'sleep', args: ['600'] })
  if (choice === 3) return await host.send('POST', `/api/processes/${id}/restart`)
  if (choice === 4) return await host.send('PATCH', `/api/processes/${id}`, { env: { N: String(Date.now()) } })
  return await host.send('POST', `/api/processes/${id}/start`)
}
