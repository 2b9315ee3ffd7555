import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { acquireHostLock, HostRunningError } from '../../../../../server/core/supervise/host-lock'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'

describe('acquireHostLock', () => {
  it('lets one host in, names it to the second, and opens again after its release', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'new', 'data')
    const lock = await acquireHostLock(dataDir)
    // The same process may ask its own socket; another host would be told this pid.
    await lock.release()
    const again = await acquireHostLock(dataDir)
    await again.release()
  })

  it('takes over what a crash left behind', async () => {
    await using directory = await temporaryDirectory()
    const path = join(directory.path, 'host.sock')
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`
    const crashed = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(crashed.stdout, 'data')
    crashed.kill('SIGKILL')
    await once(crashed, 'exit')
    const lock = await acquireHostLock(directory.path)
    await lock.release()
  })

  it('refuses while another process answers, with its pid', async () => {
    await using directory = await temporaryDirectory()
    const other = createServer(socket => socket.end('4242'))
    await new Promise<void>(resolve => other.listen(join(directory.path, 'host.sock'), resolve))
    await expect(acquireHostLock(directory.path)).rejects.toThrow(HostRunningError)
    await expect(acquireHostLock(directory.path)).rejects.toMatchObject({ pid: 4242 })
    await new Promise(resolve => other.close(resolve))
  })

  it('finds a shorter place for the lock of a directory with a long path', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'd'.repeat(90), 'e'.repeat(90))
    await mkdir(dataDir, { recursive: true })
    const lock = await acquireHostLock(dataDir)
    await lock.release()
  })
})
