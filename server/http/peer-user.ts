import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { groupsOf, withoutMapping } from './ip-address'

/** User of the other end: a uid, `gone` when the kernel has no row of it any more, `unchecked` where it cannot be told. */
export type PeerUser = number | 'gone' | 'unchecked'

const known = new WeakMap<Socket, PeerUser>()
const acceptedAt = new WeakMap<Socket, number>()

/** The kernel's tables as they were at `at`: one look serves every connection that was there by then. */
interface Look { at: number, tables: Map<string, string | undefined> }

const KEPT_MS = 100
let latest: Look | undefined

/** To be told of each new connection: those that come together are then looked up together, for a look can take 10 ms. */
export function noteAccepted(socket: Socket): void {
  acceptedAt.set(socket, performance.now())
}

/** Tells whose connection this is; looked up once per connection. */
export function peerUser(socket: Socket): PeerUser {
  const seen = known.get(socket)
  if (seen !== undefined) return seen
  const user = lookUp(socket)
  known.set(socket, user)
  return user
}

/** The client's own row of the kernel's table carries its uid; Linux only. */
function lookUp(socket: Socket): PeerUser {
  if (process.platform !== 'linux') return 'unchecked'
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (!remoteAddress || !localAddress || remotePort === undefined || localPort === undefined) return 'gone'
  const remote = `${toHex(remoteAddress)}:${toHexPort(remotePort)}`
  const local = `${toHex(localAddress)}:${toHexPort(localPort)}`
  const isFour = !withoutMapping(remoteAddress).includes(':')
  const tables = isFour ? [['tcp', ''], ['tcp6', MAPPED]] : [['tcp6', '']]
  const look = lookFor(acceptedAt.get(socket) ?? Infinity)
  for (const [table = '', prefix = ''] of tables) {
    const text = tableOf(look, table)
    if (text === undefined) return 'unchecked'
    const at = text.indexOf(` ${prefix}${remote} ${prefix}${local} `)
    if (at >= 0) return Number(text.slice(at + 1, text.indexOf('\n', at)).split(/\s+/)[6])
  }
  return 'gone'
}

/** ::ffff:0:0/96, as the table of IPv6 writes it. */
const MAPPED = '0000000000000000FFFF0000'

function lookFor(accepted: number): Look {
  if (latest && latest.at > accepted) return latest
  const look = { at: performance.now(), tables: new Map() }
  latest = look
  setTimeout(() => latest = latest === look ? undefined : latest, KEPT_MS).unref()
  return look
}

/** Each table is read when it is first needed, so not before `look.at`. */
function tableOf({ tables }: Look, name: string): string | undefined {
  if (!tables.has(name)) tables.set(name, readTable(name))
  return tables.get(name)
}

function readTable(name: string): string | undefined {
  try {
    return readFileSync(`/proc/net/${name}`, 'latin1')
  }
  catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return name === 'tcp6' ? '' : undefined
    throw error
  }
}

function toHexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}

/** An address as the kernel's table writes it: words of 32 bits, the last byte first. */
function toHex(address: string): string {
  const plain = withoutMapping(address)
  const bytes = plain.includes(':')
    ? groupsOf(plain).flatMap(group => [group.slice(0, 2), group.slice(2)])
    : plain.split('.').map(part => Number(part).toString(16).padStart(2, '0'))
  const words = Array.from({ length: bytes.length / 4 }, (_, word) => bytes.slice(word * 4, word * 4 + 4).reverse())
  return words.flat().join('').toUpperCase()
}
