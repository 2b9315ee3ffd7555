import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extract, type ExtractState, type FoundGroup } from '../../../../../../server/core/logs/digest/extract'
import { failingLogs, healthyLogs } from '../../../../../fixtures/logs'
import { noise } from './noise'

const STREAMS = ['stdout', 'stderr'] as const

function groupsOf(text: string): FoundGroup[] {
  return extract({ data: Buffer.from(text), offset: 0, stream: 'stderr', state: {}, isLast: true }).groups
}

/** Feeds the lines in pieces and adds up what is found. */
function inPieces(text: string, linesPerPiece: readonly number[]) {
  const lines = text.split('\n').map(line => `${line}\n`)
  const found: FoundGroup[] = []
  let state: ExtractState = {}
  let offset = 0
  for (let piece = 0; lines.length > 0; piece++) {
    const data = Buffer.from(lines.splice(0, linesPerPiece[piece % linesPerPiece.length]).join(''))
    const result = extract({ data, offset, stream: 'stderr', state, isLast: lines.length === 0 })
    state = structuredClone(result.state)
    offset += data.length
    found.push(...result.groups)
  }
  return summed(found)
}

function summed(groups: readonly FoundGroup[]) {
  const all: Record<string, { count: number, first: number, last: number, frames: string[] }> = {}
  for (const { template, count, first, last, frames } of groups) {
    const known = all[template]
    const most = frames.length > (known?.frames.length ?? -1) ? frames : known?.frames ?? []
    all[template] = { count: (known?.count ?? 0) + count, first: known?.first ?? first.end, last: last.end, frames: most }
  }
  return all
}

describe('extract', () => {
  it.each(failingLogs.filter(({ name }) => name !== 'killed-by-kernel'))('finds the cause and its place in what $name wrote', (log) => {
    const groups = STREAMS.flatMap(stream => extract({ data: Buffer.from(log[stream]), offset: 0, stream, state: {}, isLast: true }).groups)
    const cause = groups.find(({ first, frames }) => [first.text, ...frames].some(text => text.includes(log.cause)))
    expect(cause?.level).toBe('error')
    expect([cause?.first.text, ...cause?.frames ?? []].join('\n')).toContain(log.place ?? '')
  })

  it.each(healthyLogs)('finds nothing in what $name wrote', (log) => {
    for (const stream of STREAMS) {
      expect(extract({ data: Buffer.from(log[stream]), offset: 0, stream, state: {}, isLast: true }).groups).toEqual([])
    }
  })

  it('finds nothing in noise', () => {
    expect(groupsOf(noise(10_000))).toEqual([])
  })

  it('finds the same, whatever the pieces are', () => {
    const text = failingLogs.map(({ stdout, stderr }, index) => noise(20, index * 20) + stderr + stdout).join('')
    const whole = inPieces(text, [Number.MAX_SAFE_INTEGER])
    expect(Object.keys(whole).length).toBeGreaterThan(12)
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      expect(inPieces(text, sizes)).toEqual(whole)
    }), { numRuns: 60 })
  })

  it('counts lines of one kind once, with the first and the last of them', () => {
    const [group, ...others] = groupsOf('ERROR job 1 of a3f0-17 failed\nfine\nERROR job 22 of a3f0-99 failed\nERROR job 333 of a3f0-7 failed\n')
    expect(others).toEqual([])
    expect(group).toMatchObject({ count: 3, rank: 2, first: { text: 'ERROR job 1 of a3f0-17 failed', start: 0 }, last: { text: 'ERROR job 333 of a3f0-7 failed' } })
  })

  it('takes the message of a Python traceback from its end, and the innermost frame first', () => {
    const [group] = groupsOf('Traceback (most recent call last):\n  File "/app/a.py", line 1, in a\n    b()\n  File "/usr/lib/python3.11/x.py", line 2, in b\n    c()\n  File "/app/c.py", line 3, in c\n    raise KeyError("x")\nKeyError: \'x\'\nnext\n')
    expect(group).toMatchObject({ first: { text: 'KeyError: \'x\'' }, frames: ['  File "/app/c.py", line 3, in c', '  File "/app/a.py", line 1, in a'], foreign: 1 })
  })

  it('keeps causes of Java with their error', () => {
    const groups = groupsOf('2026-11-26 12:00:00 ERROR 7 --- [main] c.e.App : Application run failed\n\njava.lang.IllegalStateException: no pool\n\tat com.example.App.main(App.java:7)\n\tat org.springframework.boot.X.y(X.java:1)\nCaused by: java.net.ConnectException: Connection refused\n\t... 3 more\n')
    expect(groups).toHaveLength(1)
    expect(groups[0]).toMatchObject({ rank: 3, foreign: 1 })
    expect(groups[0]?.frames).toEqual(['java.lang.IllegalStateException: no pool', 'Caused by: java.net.ConnectException: Connection refused', '\tat com.example.App.main(App.java:7)'])
  })

  it('keeps the goroutines of a Go panic with it', () => {
    const groups = groupsOf('panic: runtime error: index out of range [3] with length 3\n\ngoroutine 1 [running]:\nmain.pick(...)\n\t/app/main.go:8\nmain.main()\n\t/app/main.go:12 +0x1d\nexit status 2\n')
    expect(groups).toHaveLength(1)
    expect(groups[0]?.frames).toEqual(['\t/app/main.go:8', '\t/app/main.go:12 +0x1d'])
  })

  it('reads on after a line that is longer than a piece', () => {
    const long = Buffer.from('x'.repeat(1000))
    const { state, groups } = extract({ data: long, offset: 0, stream: 'stdout', state: {}, isLast: false })
    expect(groups).toEqual([])
    const rest = extract({ data: Buffer.from('error error\nERROR yes\n'), offset: 1000, stream: 'stdout', state, isLast: true })
    expect(rest.groups.map(({ first }) => first)).toEqual([{ text: 'ERROR yes', start: 1012, end: 1022 }])
  })

  it('answers in time to lines made to be slow', () => {
    const words = ['a-', 'error.', 'A.Error', 'error', '[x ', '1 ', '((', 'x: ', 'E', '\x1B[', ' ', '- error - ', '-error', '/', '::']
    for (const [word, begin] of words.flatMap(each => ['', '{', 'ERROR x\n', 'panic: x\n'].map(head => [each, head] as const))) {
      const data = Buffer.from(`${begin}${word.repeat(4096 / word.length)} error failed\n`.repeat(256))
      expect(extract({ data, offset: 0, stream: 'stderr', state: {}, isLast: true }).lines).toBeGreaterThanOrEqual(256)
    }
  })
})
