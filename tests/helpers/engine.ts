import { randomBytes } from 'node:crypto'
import type { NumberedEvent } from '#shared/schemas/events'
import { CreateProcessRequest } from '#shared/schemas/definition'
import type { z } from 'zod'
import { createLogger } from '../../server/core/logger'
import { createVantage, type Vantage, type VantageOptions } from '../../server/core/vantage'
import { pidsWithEnvironment } from './processes'
import { temporaryDirectory } from './temporary-directory'
import { waitFor } from './wait-for'

export interface TestEngine extends AsyncDisposable {
  readonly dataDir: string
  readonly vantage: Vantage
  readonly events: NumberedEvent[]
  readonly hostLog: string[]
  /** Pids of everything that processes of this engine have started and that still runs. */
  survivors: () => number[]
  /** Drops the engine as a crash would, without a word to anybody, and opens the next one on the same directory. */
  crash: (options?: Partial<VantageOptions>) => Promise<Vantage>
  /** Closes the engine and opens the next one. */
  reopen: (options?: Partial<VantageOptions>) => Promise<Vantage>
}

/** Opens an engine in a directory of its own. At the end of its scope everything it has started is gone. */
export async function openEngine(options: Partial<VantageOptions> = {}): Promise<TestEngine> {
  const directory = await temporaryDirectory()
  const mark = `VANTAGETEST=${randomBytes(8).toString('hex')}`
  const events: NumberedEvent[] = []
  const hostLog: string[] = []
  const log = createLogger({ level: 'trace', json: true, write: line => hostLog.push(line) })
  const open = async (changed: Partial<VantageOptions> = {}) => {
    const [name = '', value] = mark.split('=')
    const vantage = createVantage({
      dataDir: directory.path,
      version: '0.0.0-test',
      startDir: directory.path,
      environment: { ...process.env, [name]: value },
      stopOnShutdown: false,
      log,
      ...options,
      ...changed,
    })
    vantage.events.subscribe(event => events.push(event))
    await vantage.open()
    return vantage
  }
  let vantage = await open()
  return {
    dataDir: directory.path,
    get vantage() { return vantage },
    events,
    hostLog,
    survivors: () => pidsWithEnvironment(mark),
    crash: async changed => vantage = await open(changed),
    reopen: async (changed) => {
      await vantage.close()
      return vantage = await open(changed)
    },
    async [Symbol.asyncDispose]() {
      await vantage.close()
      await waitFor('all processes of the test are gone', () => {
        const left = pidsWithEnvironment(mark)
        for (const pid of left) kill(pid)
        return left.length === 0
      })
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** A definition as a caller would send it, with the defaults filled in. */
export function define(request: z.input<typeof CreateProcessRequest>): CreateProcessRequest {
  return CreateProcessRequest.parse(request)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  }
  catch {
    // it has just ended by itself
  }
}
