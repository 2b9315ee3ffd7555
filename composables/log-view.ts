import type { LogLine, LogPage, StreamChoice } from '#shared/schemas/logs'
import { RequestError, toRequestError } from '~/stores/request'
import type { FollowMode } from './follow'
import type { HostMessage } from './host-message'
import { LogRing, type LogMarker } from './log-ring'
import type { TopicListener } from './topics'

const PAGE_LINES = 1000
const GAP_LINES = 10_000

/** Which part of a log is shown: its streams, and one run or all. */
export interface LogChoice { stream: StreamChoice, run?: number }

/** What a view needs of the world. */
interface LogSource {
  read: (query: URLSearchParams) => Promise<LogPage>
  subscribe: (listener: TopicListener, since: string) => () => void
  /** Calls back before the next paint. */
  frame: (action: () => void) => void
}

/** One open log: its ring, whether it follows, and what it still has to load. Only `version` and the refs are reactive. */
export class LogView {
  readonly ring = new LogRing()
  /** Raised at most once a frame after rows have changed. */
  readonly version = shallowRef(0)
  readonly mode = ref<FollowMode>('following')
  readonly status = ref<'loading' | 'ready' | 'error'>('loading')
  readonly error = shallowRef<RequestError>()
  /** Lines that came since the log was paused. */
  readonly newLines = ref(0)
  /** The unfinished last line of the output, if it was there when the page was read. */
  readonly partial = shallowRef<LogLine>()
  /** Called with the rows that came in before the first one, before they are shown. */
  onRowsAbove: (rows: number) => void = () => {}

  readonly #stream: StreamChoice
  /** The one run that is shown, if not all. */
  readonly #run: number | undefined
  readonly #source: LogSource
  #unsubscribe: (() => void) | undefined
  #raised = false
  #loading: 'older' | 'newer' | undefined
  #atStart = false
  /** Counts reloads: an answer to an earlier one is dropped. */
  #generation = 0

  constructor({ stream, run }: LogChoice, source: LogSource) {
    this.#stream = stream
    this.#run = run
    this.#source = source
  }

  /** Loads the newest lines afresh and follows from there. */
  async reload(): Promise<void> {
    const mine = ++this.#generation
    this.#leave()
    try {
      const page = await this.#read({})
      if (mine !== this.#generation) return
      this.#show(page)
      this.#unsubscribe = this.#source.subscribe(message => this.#onMessage(message), page.next)
      this.status.value = 'ready'
      this.error.value = undefined
    }
    catch (thrown) {
      if (mine !== this.#generation) return
      this.error.value = toRequestError(thrown)
      this.status.value = 'error'
    }
  }

  #show(page: LogPage): void {
    const lines = [...page.lines]
    this.partial.value = page.partial ? lines.pop() : undefined
    this.ring.clear()
    this.newLines.value = 0
    this.mode.value = 'following'
    this.#atStart = page.lines.length < PAGE_LINES
    if (page.dropped > 0) this.ring.mark({ kind: 'dropped', lines: page.dropped })
    this.ring.append(lines, this.#atStart)
    this.#raise()
  }

  close(): void {
    this.#generation++
    this.#leave()
  }

  #leave(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  pause(): void {
    if (this.mode.value !== 'following') return
    this.mode.value = 'paused'
    this.newLines.value = 0
  }

  /** Goes back to the end: at once where the end is loaded, else by loading it anew. */
  follow(): void {
    if (this.mode.value === 'detached') return void this.reload()
    this.mode.value = 'following'
    this.newLines.value = 0
    this.#raise()
  }

  /** Loads the lines before the first row. In a full ring the newest rows give way, and the view is detached. */
  async loadOlder(): Promise<void> {
    const first = this.ring.firstLine()
    if (this.#loading || this.#atStart || !first) return
    await this.#load('older', { before: first.cursor }, (page) => {
      this.#atStart = page.lines.length < PAGE_LINES
      if (this.ring.room < page.lines.length) this.#detach()
      this.onRowsAbove(this.ring.prepend(page.lines, this.#atStart))
    })
  }

  /** Loads the lines after the last row of a detached view; at the end it is an ordinary paused one again. */
  async loadNewer(): Promise<void> {
    const last = this.ring.lastLine()
    if (this.#loading || this.mode.value !== 'detached' || !last) return
    await this.#load('newer', { since: last.cursor }, (page) => {
      const lines = page.partial ? page.lines.slice(0, -1) : page.lines
      this.onRowsAbove(-this.ring.append(lines))
      if (page.lines.length === PAGE_LINES || this.ring.isFull) return
      this.mode.value = 'paused'
      this.#unsubscribe = this.#source.subscribe(message => this.#onMessage(message), page.next)
    })
  }

  /** Loads the lines that were skipped at a gap into its place. */
  async loadGap(gap: Extract<LogMarker, { kind: 'gap' }>): Promise<void> {
    if (gap.after === undefined) return
    const lines = String(Math.min(gap.lines, GAP_LINES))
    await this.#load('older', { since: gap.after, lines }, page => this.ring.fill(gap, page.lines, page.dropped))
  }

  async #load(what: 'older' | 'newer', query: Record<string, string>, take: (page: LogPage) => void): Promise<void> {
    const mine = this.#generation
    this.#loading = what
    try {
      const page = await this.#read(query)
      if (mine === this.#generation) take(page)
      this.error.value = undefined
    }
    catch (thrown) {
      this.error.value = toRequestError(thrown)
    }
    finally {
      this.#loading = undefined
    }
    this.#raise()
  }

  async #read(query: Record<string, string>): Promise<LogPage> {
    const all = new URLSearchParams({ format: 'json', stream: this.#stream, lines: String(PAGE_LINES), ...query })
    if (this.#run !== undefined) all.set('run', String(this.#run))
    return await this.#source.read(all)
  }

  #detach(): void {
    this.mode.value = 'detached'
    this.#leave()
  }

  #onMessage(message: HostMessage): void {
    if (message.type === 'line') this.#take([message.data])
    else if (message.type === 'lines') this.#take(message.data)
    else if (message.type === 'skipped') this.#skip(message.lines, message.cursor)
    else if (message.type === 'resync') void this.reload()
    else if (message.type === 'error') this.#refused(new RequestError(message.error))
  }

  /** The host does not go on with this log, say because it was cleared: what is loaded stays, Retry reads it anew. */
  #refused(error: RequestError): void {
    this.#leave()
    this.error.value = error
    this.status.value = 'error'
  }

  #take(all: readonly LogLine[]): void {
    const lines = all.filter(line => this.#isChosen(line))
    if (lines.length === 0) return
    if (this.partial.value && lines.some(({ stream }) => stream === this.partial.value?.stream)) this.partial.value = undefined
    if (this.mode.value === 'paused') this.newLines.value += lines.length
    // A paused reader keeps what is above; what may not fit below (each line can begin a run) is read when it is wanted.
    if (this.mode.value === 'paused' && this.ring.room < 2 * lines.length) return this.#detach()
    this.ring.append(lines, this.#atStart)
    this.#raise()
  }

  #isChosen({ stream, run }: LogLine): boolean {
    return (this.#stream === 'both' || stream === this.#stream) && (this.#run === undefined || run === this.#run)
  }

  #skip(lines: number, after = this.ring.lastLine()?.cursor): void {
    this.ring.mark({ kind: 'gap', lines, after })
    this.newLines.value += this.mode.value === 'paused' ? lines : 0
    this.#raise()
  }

  #raise(): void {
    if (this.#raised) return
    this.#raised = true
    this.#source.frame(() => {
      this.#raised = false
      this.version.value++
    })
  }
}
