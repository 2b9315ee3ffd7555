import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, realpath, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readServerRecord } from '../state/server-record'

/** Another host owns the data directory. */
export class HostRunningError extends Error {
  readonly pid: number
  readonly url: string | undefined

  constructor(dataDir: string, { pid, url, isSilent = false }: { pid: number, url: string | undefined, isSilent?: boolean }) {
    const where = `pid ${pid}${url === undefined ? '' : `, ${url}`}`
    super(`A Vantage host already runs on ${dataDir}: ${where}.${isSilent ? ' It does not answer; it may be suspended.' : ''}`)
    this.name = 'HostRunningError'
    this.pid = pid
    this.url = url
  }
}

export interface HostLock { release: () => Promise<void> }

/** A longer path would be cut without a word by Node 20 and 22, and two directories could meet on one name. */
const MAX_SOCKET_PATH = 100
const CONFIRM_MS = 150
const ANSWER_MS = 2000

/**
 * Makes this process the only host of `dataDir`, which is created where it is missing. The lock is a unix socket that
 * answers with our pid: the kernel frees it with the process, so what a crash left behind is taken over.
 * Throws `HostRunningError`, or a plain Error when the directory belongs to somebody else.
 */
export async function acquireHostLock(dataDir: string): Promise<HostLock> {
  await claimDirectory(dataDir)
  const path = await socketPath(dataDir)
  const server = await listen(path) ?? await takeOver(dataDir, path)
  return { release: () => new Promise(resolve => server.close(() => resolve())) }
}

async function claimDirectory(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const { uid } = await lstat(await realpath(dataDir))
  if (process.getuid && uid !== process.getuid()) throw new Error(`The data directory ${dataDir} belongs to another user (uid ${uid}).`)
  await chmod(dataDir, 0o700)
}

/** Beside the data, or for a long path in a folder of our own in the runtime directory, named by a hash of it. */
async function socketPath(dataDir: string): Promise<string> {
  const real = await realpath(dataDir)
  const near = join(real, 'host.sock')
  if (Buffer.byteLength(near) <= MAX_SOCKET_PATH) return near
  const folder = join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `vantage-${process.getuid?.() ?? 0}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { uid, mode } = await lstat(folder)
  if ((process.getuid && uid !== process.getuid()) || (mode & 0o077) !== 0) throw new Error(`${folder} must belong to you alone (mode 0700).`)
  return join(folder, `${createHash('sha256').update(real).digest('hex').slice(0, 32)}.sock`)
}

/** Gives the server, or undefined when the path is taken. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.on('error', () => socket.destroy()).end(String(process.pid)))
    server.once('error', (error: NodeJS.ErrnoException) => error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error))
    server.listen(path, () => resolve(server.unref()))
  })
}

/** Removes the socket of a dead host. Several may do so at once, so the winner is who still answers after a moment. */
async function takeOver(dataDir: string, path: string): Promise<Server> {
  await refuseIfAlive(dataDir, path)
  await rm(path, { force: true })
  const server = await listen(path)
  await sleep(CONFIRM_MS)
  if (server && await askPid(path) === process.pid) return server
  await refuseIfAlive(dataDir, path)
  // Not closed: that would remove the socket of the winner, which stands at the same path now.
  throw new Error(`The lock of ${dataDir} changed hands; start again.`)
}

async function refuseIfAlive(dataDir: string, path: string): Promise<void> {
  const pid = await askPid(path)
  if (pid === undefined || pid === process.pid) return
  const record = await readServerRecord(dataDir)
  if (pid !== 'silent') throw new HostRunningError(dataDir, { pid, url: record?.pid === pid ? record.url : undefined })
  if (record) throw new HostRunningError(dataDir, { ...record, isSilent: true })
  throw new Error(`The host that holds ${path} does not answer; it may be suspended.`)
}

/** Asks who listens; undefined when nobody does. A host that is stopped answers late or never, but the kernel accepts for it. */
function askPid(path: string): Promise<number | 'silent' | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(path)
    const timer = setTimeout(() => finish('silent'), ANSWER_MS)
    socket.on('data', chunk => text += chunk.toString())
    socket.on('error', () => finish(undefined))
    socket.on('end', () => finish(Number(text) || undefined))
    function finish(pid: number | 'silent' | undefined) {
      clearTimeout(timer)
      socket.destroy()
      resolve(pid)
    }
  })
}
