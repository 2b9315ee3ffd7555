import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogPage, LogQuery } from '#shared/schemas/logs'
import { createLogger } from '../../../../../server/core/logger'
import { ErrorScanner } from '../../../../../server/core/logs/digest/scanner'
import { Exclusive } from '../../../../../server/core/logs/exclusive'
import { ProcessLog, type ProcessLogOptions, type WriteHandles } from '../../../../../server/core/logs/process-log'
import type { RunLogs } from '../../../../../server/core/logs/process-logs'
import { LogSearcher } from '../../../../../server/core/logs/searcher'
import { GrowthTicker } from '../../../../../server/core/logs/ticker'

/** A logger that keeps what it is told. */
export function listeningLogger() {
  const lines: string[] = []
  return { lines, log: createLogger({ level: 'trace', json: true, write: line => lines.push(line) }) }
}

/** A directory of its own that is gone afterwards. */
export async function temporaryDir() {
  const path = await mkdtemp(join(tmpdir(), 'vantage-logs-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/**
 * A process log in a directory of its own whose runs are written by the test itself.
 * With `tickMs` far beyond the test it is looked at by its readers only.
 */
export async function openFixture({ tickMs = 10, ...options }: Partial<ProcessLogOptions> & { tickMs?: number } = {}) {
  const dir = await temporaryDir()
  const { log, lines: messages } = listeningLogger()
  const ticker = new GrowthTicker({ log, tickMs })
  const searcher = new LogSearcher()
  const scanner = new ErrorScanner()
  const make = () => new ProcessLog({ id: 'web', dir: dir.path, incarnation: 'k3', ticker, searcher, scanner, log, ...options })
  const fixture = {
    dir: dir.path,
    messages,
    ticker,
    logs: make(),
    runDir: (run: number) => join(dir.path, String(run)),
    async begin(run: number): Promise<WriteHandles & AsyncDisposable> {
      await mkdir(fixture.runDir(run), { recursive: true })
      const handles = await fixture.logs.begin(run, fixture.runDir(run))
      return { ...handles, [Symbol.asyncDispose]: async () => void await Promise.all([handles.stdout.close(), handles.stderr.close()]) }
    },
    /** What the next host does: new objects on the same files. */
    async reopen(runs: Omit<RunLogs, 'dir'>[]): Promise<void> {
      await fixture.logs.close()
      fixture.logs = make()
      await fixture.logs.load(runs.map(run => ({ ...run, dir: fixture.runDir(run.run) })))
    },
    page: (query: Partial<LogQuery> = {}): Promise<LogPage> => fixture.logs.page({ stream: 'both', lines: 100, ...query }),
    texts: async (query: Partial<LogQuery> = {}) => textsOf(await fixture.page(query)),
    async [Symbol.asyncDispose]() {
      await fixture.logs.close()
      ticker[Symbol.dispose]()
      await searcher[Symbol.asyncDispose]()
      await scanner[Symbol.asyncDispose]()
      await dir[Symbol.asyncDispose]()
    },
  }
  return fixture
}

/** Follows a log from `next` on until it has no more; only complete lines count. */
export async function readOn(fixture: { page: (query: Partial<LogQuery>) => Promise<LogPage> }, next: string, lines = 1000) {
  const texts: string[] = []
  let dropped = 0
  for (let more = true; more;) {
    const page = await fixture.page({ since: next, lines })
    const complete = page.partial ? page.lines.slice(0, -1) : page.lines
    texts.push(...complete.map(({ text }) => text))
    dropped += page.dropped
    more = page.next !== next
    next = page.next
  }
  return { texts, next, dropped }
}

/** Stands for a process that can be stopped: what is written through `write` waits while it is. */
export function stoppable() {
  const gate = new Exclusive()
  return {
    pause: () => new Promise<() => void>(stopped => void gate.run(() => new Promise<void>(go => stopped(go)))),
    write: <T>(work: () => Promise<T>) => gate.run(work),
  }
}

export const textsOf = ({ lines }: LogPage) => lines.map(({ text }) => text)
