import { failure } from '#shared/errors'
import { STREAMS, type LogPage } from '#shared/schemas/logs'
import { addContext } from './context'
import { clampToCut, formatCursor, parseCursor, refuse, type Cursor, type CursorField } from './cursor'
import { findFirst, readAfter, readAround, readBefore, type PageRequest } from './page'
import type { PageQuery } from './process-logs'
import type { PrunedRuns } from './pruned-runs'
import type { RunLog } from './run-log'
import type { LogSearcher, Search } from './searcher'

export interface LogReaderOptions {
  id: string
  incarnation: string
  pruned: PrunedRuns
  searcher: LogSearcher
  runs: () => readonly RunLog[]
}

/** Where a page was asked for. */
interface Places { since: Cursor | undefined, before: Cursor | undefined, around: Cursor | undefined }

/** Reads pages of one log as its files stand; whoever asks must see to it that they stand still, or ask again. */
export class LogReader {
  readonly #options: LogReaderOptions
  readonly #firsts = new Map<string, { heads: string, cursor: string }>()

  constructor(options: LogReaderOptions) {
    this.#options = options
  }

  /** What is lost, in short: changes exactly when something was taken or cut. */
  get heads(): string {
    const { runs, pruned } = this.#options
    const sum = runs().reduce((total, { streams: { stdout, stderr } }) => total + stdout.first + stderr.first, 0)
    return `${pruned.upTo}:${sum}`
  }

  /** Begins the search of a query; undefined where it wants every line. Throws `VALIDATION_FAILED` for an invalid pattern. */
  beginSearch({ grep, ignore_case: ignoreCase = false, level }: PageQuery): Search | undefined {
    return grep === undefined && level === undefined ? undefined : this.#options.searcher.begin({ grep, ignoreCase, level })
  }

  async read(query: PageQuery, search: Search | undefined): Promise<LogPage> {
    const { stream, run, since, before, around, context = 0 } = query
    const places = {
      since: await this.#cursor(since, 'since'),
      before: await this.#cursor(before, 'before'),
      around: await this.#cursor(around, 'around'),
    }
    const request = await this.#request(query, search)
    const draft = await readPage(request, places)
    if (run === undefined) draft.dropped += this.#prunedBetween(request, places)
    if (context > 0) await addContext(draft, { request, context, ...places })
    return draft.toPage(await this.#firstCursor(request, `${stream} ${run}`), since)
  }

  /** Forgets what was found in files that are removed. */
  clear(): void {
    this.#firsts.clear()
  }

  async #request({ stream, lines, run, from, to }: PageQuery, search: Search | undefined): Promise<PageRequest> {
    const { incarnation, runs } = this.#options
    return {
      runs: run === undefined ? runs() : [await this.#runOf(run)],
      names: STREAMS.filter(name => stream === 'both' || stream === name),
      lines,
      format: cursor => formatCursor(incarnation, cursor),
      times: { from: from === undefined ? undefined : Date.parse(from), to: to === undefined ? undefined : Date.parse(to) },
      search,
    }
  }

  /** The oldest kept line stays the same until retention takes it. */
  async #firstCursor(request: PageRequest, choice: string): Promise<string | undefined> {
    const { heads } = this
    const known = this.#firsts.get(choice)
    if (known?.heads === heads) return known.cursor
    const first = await findFirst(request)
    if (first?.isLine && heads === this.heads) this.#firsts.set(choice, { heads, cursor: first.cursor })
    return first?.cursor
  }

  #prunedBetween({ names }: PageRequest, { since, before, around }: Places): number {
    const from = since ?? around
    if (!from) return 0
    const { pruned } = this.#options
    const later = before ? pruned.linesAfter(before, names) : 0
    return Math.max(0, pruned.linesAfter(from, names) - later)
  }

  async #cursor(text: string | undefined, field: CursorField): Promise<Cursor | undefined> {
    if (text === undefined) return undefined
    const runs = this.#options.runs()
    const cursor = parseCursor(text, field, this.#options.incarnation)
    const run = runs.find(one => one.run === cursor.run)
    if (!run && cursor.run > (runs.at(-1)?.run ?? 0)) throw refuse(field, 'names a run that never was')
    if (!run) return cursor
    await run.ready()
    const place = clampToCut(cursor, run)
    const isBeyond = STREAMS.some(name => place[name].offset > Math.max(run.streams[name].size + 1, run.streams[name].first))
    if (isBeyond || cursor.generation > run.generation) throw refuse(field, 'lies beyond the end of the log')
    return place
  }

  async #runOf(wanted: number): Promise<RunLog> {
    const { id, runs } = this.#options
    const run = runs().find(one => one.run === wanted)
    await run?.ready()
    if (run && STREAMS.some(name => run.streams[name].removedSize === undefined)) return run
    throw failure('RUN_NOT_FOUND', { id, run: wanted, newest: runs().at(-1)?.run })
  }
}

function readPage(request: PageRequest, { since, before, around }: Places) {
  if (around) return readAround(request, around)
  return since && !before ? readAfter(request, since) : readBefore(request, before, since)
}
