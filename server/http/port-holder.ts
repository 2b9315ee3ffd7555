import { readFile, readdir, readlink } from 'node:fs/promises'
import { Health } from '#shared/schemas/host'

const ASK_MS = 1000
const LISTENING = '0A'

/** Tells in words who listens on a port, or undefined when it cannot be found out. */
export async function portHolder(host: string, port: number): Promise<string | undefined> {
  const vantage = await askVantage(host, port)
  if (vantage) return `another Vantage host, pid ${vantage.pid}, version ${vantage.version}`
  const pid = process.platform === 'linux' ? await listenerPid(port) : undefined
  return pid === undefined ? undefined : `pid ${pid} (${await commandOf(pid)})`
}

async function askVantage(host: string, port: number): Promise<Health | undefined> {
  try {
    const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
    const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}/api/health`
    const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_MS), redirect: 'error' })
    return Health.safeParse(await answer.json()).data
  }
  catch {
    return undefined // whoever it is does not speak as a host does
  }
}

/** Finds the process that has the listening socket among its open files. */
async function listenerPid(port: number): Promise<number | undefined> {
  const inodes = (await Promise.all(['tcp', 'tcp6'].map(table => listeningInodes(table, port)))).flat()
  const targets = new Set(inodes.map(inode => `socket:[${inode}]`))
  if (targets.size === 0) return undefined
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(async pid => await holds(pid, targets) ? Number(pid) : undefined))
  return found.find(pid => pid !== undefined)
}

async function listeningInodes(table: string, port: number): Promise<string[]> {
  const text = await readFile(`/proc/net/${table}`, 'latin1').catch(() => '')
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return text.split('\n').map(row => row.trim().split(/\s+/)).flatMap(([, local = '', , state, , , , , , inode = '']) =>
    state === LISTENING && local.endsWith(end) ? [inode] : [])
}

/** Files of other users cannot be read: then it is not known whether they hold it. */
async function holds(pid: string, targets: ReadonlySet<string>): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(files.map(file => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')))
  return links.some(link => targets.has(link))
}

async function commandOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return line.replaceAll('\0', ' ').trim().slice(0, 120) || 'unknown command'
}
