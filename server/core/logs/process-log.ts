import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogPage, LogQuery } from '#shared/schemas/logs'
import type { Logger } from '../logger'
import type { ProcessLogs } from './process-logs'
import type { GrowthTicker } from './ticker'

export class ProcessLog implements ProcessLogs {
  #dirs = new Map<number, string>()
  constructor(_options: { ticker: GrowthTicker, incarnation: string, log: Logger }) {}
  async load(runs: { run: number, dir: string, endedAt: Date | undefined }[]): Promise<void> {
    for (const { run, dir } of runs) this.#dirs.set(run, dir)
  }

  async begin(run: number, dir: string): Promise<{ stdout: FileHandle, stderr: FileHandle }> {
    this.#dirs.set(run, dir)
    return { stdout: await open(join(dir, 'stdout.log'), 'a', 0o600), stderr: await open(join(dir, 'stderr.log'), 'a', 0o600) }
  }

  async discard(run: number): Promise<void> { this.#dirs.delete(run) }
  async end(_run: number, _at: Date): Promise<void> {}
  async remove(): Promise<void> {}
  async close(): Promise<void> {}
  async page(_query: LogQuery): Promise<LogPage> {
    const lines = []
    for (const [run, dir] of this.#dirs) for (const text of (await readFile(join(dir, 'stdout.log'), 'utf8')).split('\n').slice(0, -1)) lines.push({ cursor: 'x', at: new Date().toISOString(), stream: 'stdout' as const, run, text })
    return { lines, next: 'x', dropped: 0, first_cursor: 'x' }
  }

  onGrowth(): () => void { return () => {} }
}
