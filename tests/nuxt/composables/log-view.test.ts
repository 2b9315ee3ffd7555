import { describe, expect, it } from 'vitest'
import type { LogLine, LogPage, StreamChoice } from '#shared/schemas/logs'
import type { HostMessage } from '~/composables/host-message'
import { LogView } from '~/composables/log-view'
import { isLine } from '~/composables/log-ring'
import type { TopicListener } from '~/composables/topics'
import { RequestError } from '~/stores/request'
import { lines } from './log-lines'

const page = (part: Partial<LogPage>): LogPage => ({ lines: [], next: 'n', dropped: 0, first_cursor: 'c0', ...part })

/** A view whose answers, live messages and frames are given by the test. */
function openView(answers: (LogPage | RequestError)[], stream: StreamChoice = 'both', run?: number) {
  const queries: URLSearchParams[] = []
  const since: string[] = []
  const frames: (() => void)[] = []
  let live: TopicListener | undefined
  const view = new LogView({ stream, run }, {
    read: (query) => {
      queries.push(query)
      const answer = answers.shift() ?? page({})
      return answer instanceof RequestError ? Promise.reject(answer) : Promise.resolve(answer)
    },
    subscribe: (listener, from) => {
      live = listener
      since.push(from)
      return () => live = undefined
    },
    frame: action => void frames.push(action),
  })
  const say = (message: HostMessage) => live?.(message)
  const texts = () => view.ring.rows.filter(isLine).map(({ text }) => text)
  return { view, queries, since, frames, say, texts, isLive: () => live !== undefined }
}

const topic = 'logs:web'

function first(all: LogLine[]): LogLine {
  const [line] = all
  if (!line) throw new Error('there is no line')
  return line
}

describe('an open log', () => {
  it('loads the newest lines, then goes on live from where the page ended', async () => {
    const { view, queries, since, say, texts } = openView([page({ lines: lines(0, 2), next: 'after-2' })])
    await view.reload()
    expect(Object.fromEntries(queries[0] ?? [])).toEqual({ format: 'json', stream: 'both', lines: '1000' })
    expect(since).toEqual(['after-2'])
    say({ topic, type: 'line', data: first(lines(2, 3)) })
    say({ topic, type: 'lines', data: lines(3, 5) })
    expect(texts()).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4'])
  })

  it('raises its version once a frame, however many lines come', async () => {
    const { view, frames, say } = openView([page({})])
    await view.reload()
    frames.splice(0).forEach(frame => frame())
    const before = view.version.value
    for (let i = 0; i < 50; i++) say({ topic, type: 'lines', data: lines(i, i + 1) })
    expect(frames).toHaveLength(1)
    frames.splice(0).forEach(frame => frame())
    expect(view.version.value).toBe(before + 1)
  })

  it('counts new lines while paused, and none after following again', async () => {
    const { view, say } = openView([page({ lines: lines(0, 1) })])
    await view.reload()
    view.pause()
    say({ topic, type: 'lines', data: lines(1, 4) })
    expect([view.mode.value, view.newLines.value]).toEqual(['paused', 3])
    view.follow()
    expect([view.mode.value, view.newLines.value]).toEqual(['following', 0])
  })

  it('shows only the chosen stream of the live lines', async () => {
    const { view, say, texts } = openView([page({})], 'stderr')
    await view.reload()
    say({ topic, type: 'lines', data: [...lines(0, 1), ...lines(1, 2, { stream: 'stderr' })] })
    expect(texts()).toEqual(['line 1'])
  })

  it('shows one run only where one is chosen, and reads no other', async () => {
    const { view, queries, say, texts } = openView([page({ lines: lines(0, 1, { run: 2 }) })], 'both', 2)
    await view.reload()
    say({ topic, type: 'lines', data: [...lines(1, 2, { run: 2 }), ...lines(2, 3, { run: 3 })] })
    expect(queries[0]?.get('run')).toBe('2')
    expect(texts()).toEqual(['line 0', 'line 1'])
  })

  it('pages back from its first line, once at a time, until the log begins', async () => {
    const { view, queries, texts } = openView([page({ lines: lines(1000, 2000) }), page({ lines: lines(500, 1000) })])
    let above = 0
    await view.reload()
    view.onRowsAbove = rows => above += rows
    await Promise.all([view.loadOlder(), view.loadOlder()])
    await view.loadOlder()
    expect(queries).toHaveLength(2)
    expect(queries[1]?.get('before')).toBe('c1000')
    expect(texts()).toHaveLength(1500)
    // 500 lines and the marker of the run that begins there
    expect(above).toBe(501)
  })

  it('keeps an unfinished line apart until it is complete', async () => {
    const { view, say, texts } = openView([page({ lines: lines(0, 2), partial: true })])
    await view.reload()
    expect(view.partial.value?.text).toBe('line 1')
    expect(texts()).toEqual(['line 0'])
    say({ topic, type: 'lines', data: lines(1, 2) })
    expect(view.partial.value).toBeUndefined()
    expect(texts()).toEqual(['line 0', 'line 1'])
  })

  it('shows skipped lines as a gap that loads into its place', async () => {
    const { view, queries, say, texts } = openView([page({ lines: lines(0, 1) }), page({ lines: lines(1, 3) })])
    await view.reload()
    say({ topic, type: 'skipped', lines: 2 })
    say({ topic, type: 'lines', data: lines(3, 4) })
    const gap = view.ring.rows.find(row => !isLine(row) && row.kind === 'gap')
    if (!gap || isLine(gap) || gap.kind !== 'gap') throw new Error('there is no gap')
    await view.loadGap(gap)
    expect(queries[1]?.get('since')).toBe('c0')
    expect(texts()).toEqual(['line 0', 'line 1', 'line 2', 'line 3'])
  })

  it('detaches when a paused ring is full, pages down from there, and reads anew to follow', async () => {
    const newest = page({ lines: lines(99_999, 100_010), next: 'newest' })
    const { view, say, queries, isLive, since } = openView([page({}), page({ lines: lines(99_999, 100_005) }), newest])
    await view.reload()
    say({ topic, type: 'lines', data: lines(0, 99_999) })
    view.pause()
    say({ topic, type: 'lines', data: lines(99_999, 100_010) })
    expect([view.mode.value, isLive(), view.ring.lastLine()?.text]).toEqual(['detached', false, 'line 99998'])
    const last = view.ring.lastLine()?.cursor
    await view.loadNewer()
    expect([queries.at(-1)?.get('since'), view.ring.lastLine()?.text]).toEqual([last, 'line 100004'])
    view.follow()
    await expect.poll(() => view.mode.value).toBe('following')
    expect(since.at(-1)).toBe('newest')
  })

  it('keeps what is loaded when the host refuses to go on, and says why', async () => {
    const { view, say, isLive, texts } = openView([page({ lines: lines(0, 1) })])
    await view.reload()
    say({ topic, type: 'error', error: { code: 'VALIDATION_FAILED', message: 'since: is no cursor of this log', hint: 'x' } })
    expect([view.error.value?.code, isLive(), texts()]).toEqual(['VALIDATION_FAILED', false, ['line 0']])
  })

  it('reports a failed first load', async () => {
    const { view } = openView([new RequestError({ code: 'INTERNAL', message: 'm', hint: 'h' })])
    await view.reload()
    expect([view.status.value, view.error.value?.code]).toEqual(['error', 'INTERNAL'])
  })
})
