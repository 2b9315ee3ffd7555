import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { infoOf, linesOf, pidsOf, rest, run, shell, untilOnly } from './playground'

const MEBIBYTE = 1 << 20
/** Takes 200 MB and holds them. */
const HUNGRY = 'const held = []; while (held.length < 20) held.push(Buffer.alloc(10_000_000, 1)); console.log("full"); setInterval(() => held.length, 1000)'

describe('a limit of memory', () => {
  it('ends the whole tree that passes it, says so, and leaves others alone', async () => {
    await using host = await startHost()
    const other = await run(host, { id: 'other', command: 'sleep', args: ['600'] })
    await run(host, { ...shell('hungry', `"${process.execPath}" -e '${HUNGRY}'; exec sleep 600`), limits: { memory_bytes: 150 * MEBIBYTE } })
    const info = await rest(host, 'hungry', 30_000)
    expect(info).toMatchObject({ state: 'Failed', error: expect.stringMatching(/memory/) })
    expect(pidsOf('hungry')).toEqual([])
    await untilOnly('other', [other.pid])
  })

  it('holds under the next host too', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = `${directory.path}/data`
    const go = `${directory.path}/go`
    await using first = await startHost({ dataDir })
    const script = `while [ ! -e ${go} ]; do sleep 0.05; done; exec "${process.execPath}" -e '${HUNGRY}'`
    const { pid } = await run(first, { ...shell('hungry', script), limits: { memory_bytes: 150 * MEBIBYTE } })
    await first.end('SIGKILL')
    await using second = await startHost({ dataDir })
    expect(await infoOf(second, 'hungry')).toMatchObject({ state: 'Running', pid })
    await run(second, shell('go', `touch ${go}`))
    expect(await rest(second, 'hungry', 30_000)).toMatchObject({ state: 'Failed', error: expect.stringMatching(/memory/) })
    expect(isRunning(pid)).toBe(false)
  })
})

describe('a limit of open files', () => {
  it('is that of the program, soft and hard', async () => {
    await using host = await startHost()
    await run(host, { ...shell('few', 'ulimit -Sn; ulimit -Hn'), limits: { open_files: 40 } })
    expect(await rest(host, 'few')).toMatchObject({ state: 'Stopped', exit_code: 0 })
    expect(await linesOf(host, 'few')).toEqual(['40', '40'])
  })
})

describe('a port that is taken', () => {
  it('makes the failure name who holds it', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    try {
      const address = holder.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      await using host = await startHost()
      await run(host, { id: 'web', command: process.execPath, args: ['-e', `require("node:http").createServer().listen(${port}, "127.0.0.1")`] })
      const { error } = await rest(host, 'web')
      expect(error).toContain(String(port))
      expect(error).toContain(`pid ${process.pid}`)
    }
    finally {
      holder.close()
    }
  })

  it('by another process of the host makes it name that process', async () => {
    await using host = await startHost()
    const server = 'const server = require("node:http").createServer().listen(Number(process.argv[1]), "127.0.0.1", () => console.log(server.address().port))'
    await run(host, { id: 'first', command: process.execPath, args: ['-e', server, '0'] })
    const port = await waitFor('it listens', async () => (await linesOf(host, 'first'))[0])
    await run(host, { id: 'second', command: process.execPath, args: ['-e', server, port] })
    expect((await rest(host, 'second')).error).toMatch(new RegExp(`${port}.*"first"`))
  })
})
