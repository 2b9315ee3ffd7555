import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { failure } from '#shared/errors'
import type { AssignedPorts } from '#shared/schemas/supervision'

/** Below the range from which systems take ports for outgoing connections, above what programs use by default. */
const FIRST_PORT = 20_000
const PORT_COUNT = 10_000

export interface PortRequest {
  id: string
  project: string | undefined
  /** What the variables got last time. */
  remembered: Readonly<Record<string, number>>
  /** What other processes of this host have, running or not. */
  taken: ReadonlySet<number>
}

/**
 * Gives each variable its port: a number stays, "auto" becomes a free one that is the same at every start. It is the
 * remembered one while that is free, else the first free one from a place that follows from project, id and variable.
 * To be called once at a time: what one call has chosen must be in `taken` of the next one.
 * Throws `INTERNAL` when all of the 10,000 are taken.
 */
export async function assignPorts(rules: AssignedPorts, request: PortRequest): Promise<Record<string, number>> {
  const entries = Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1))
  const ports = Object.fromEntries(entries.flatMap(([name, port]) => port === 'auto' ? [] : [[name, port]]))
  const used = new Set([...request.taken, ...Object.values(ports)])
  for (const [name, rule] of entries) {
    if (rule !== 'auto') continue
    const port = await firstFree(candidates(name, request), used)
    used.add(port)
    ports[name] = port
  }
  return ports
}

function* candidates(name: string, { id, project, remembered }: PortRequest): Generator<number> {
  const known = remembered[name]
  if (known !== undefined) yield known
  const hash = createHash('sha256').update([project ?? '', id, name].join('\0')).digest().readUInt32BE()
  for (let step = 0; step < PORT_COUNT; step++) yield FIRST_PORT + (hash + step) % PORT_COUNT
}

async function firstFree(ports: Iterable<number>, used: ReadonlySet<number>): Promise<number> {
  for (const port of ports) {
    if (!used.has(port) && await isFree(port)) return port
  }
  throw failure('INTERNAL', { reason: `No port from ${FIRST_PORT} to ${FIRST_PORT + PORT_COUNT - 1} is free.` })
}

/** A program may listen on either: who holds only ::1 is seen on ::, who holds only 127.0.0.1 on some systems not. */
async function isFree(port: number): Promise<boolean> {
  return await canListen(port, '127.0.0.1') && await canListen(port, '::')
}

async function canListen(port: number, host: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer()
    server.once('error', error => resolve('code' in error && (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL'))) // no IPv6 here
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
