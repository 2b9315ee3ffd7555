import { join } from 'node:path'
import { createPm2 } from './pm2.ts'
import { createSupervisor } from './supervisor.ts'

/** A peer in a directory of its own, running and with every program defined; ended at the end of its scope. */
export interface Peer extends AsyncDisposable {
  readonly name: string
  readonly pid: number
  /** The command that does it to one program, or to all of them; it answers when it is done. */
  start: (id: string) => Promise<void>
  stop: (id: string) => Promise<void>
}

export interface Program { id: string, command: string, args: readonly string[] }

/** Whether a peer is there, or the reason why not. */
export type Found = { name: string, peer: Peer } | { name: string, reason: string }

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/vantage-bench')

/** Installs (once) and starts the peers with the same programs. A peer that cannot be had is a reason, not an error. */
export async function openPeers(directory: string, programs: readonly Program[]): Promise<AsyncDisposable & { found: Found[] }> {
  const found: Found[] = []
  for (const [name, create] of [['pm2', createPm2], ['supervisor', createSupervisor]] as const) {
    found.push(await create({ cache: join(CACHE, name), directory: join(directory, name), programs })
      .then(peer => ({ name, peer }), error => ({ name, reason: error instanceof Error ? error.message : String(error) })))
  }
  return {
    found,
    async [Symbol.asyncDispose]() {
      for (const one of found) {
        // One that is too busy to end itself ends with everything that carries the mark.
        if ('peer' in one) await one.peer[Symbol.asyncDispose]().then(undefined, () => {})
      }
    },
  }
}

export interface PeerPlace { cache: string, directory: string, programs: readonly Program[] }
