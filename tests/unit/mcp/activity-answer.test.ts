import { describe, expect, it } from 'vitest'
import type { ActivityEntry } from '#shared/schemas/activity'
import { toActivityAnswer } from '../../../mcp/activity-answer'

const entry = (seq: number, summary = `Started web-${seq}`): ActivityEntry => ({
  seq, at: '2026-01-01T00:00:00.000Z', actor: { kind: 'agent', name: 'x'.repeat(64) }, action: 'start_process', process_id: `web-${seq}`,
  arguments: { id: `web-${seq}`, env: ['KEY'] }, result: 'ok', summary,
  undo: { method: 'PUT', path: `/api/processes/web-${seq}`, body: { env: { KEY: 'hush-hush' } } },
})
const newest = (count: number, summary?: string) => Array.from({ length: count }, (_, index) => entry(count - index, summary))

describe('toActivityAnswer', () => {
  it('is without arguments and undo, and says nothing of older ones where there are none', () => {
    expect(toActivityAnswer(newest(2), 100).structuredContent).toEqual({
      activity: [2, 1].map(seq => ({
        seq, at: '2026-01-01T00:00:00.000Z', actor: `agent ${'x'.repeat(64)}`, action: 'start_process', process_id: `web-${seq}`, result: 'ok', summary: `Started web-${seq}`,
      })),
    })
    expect(toActivityAnswer([], 100).structuredContent).toEqual({ activity: [] })
  })

  it.each([1, 40, 150, 1000])('stays within 1,500 tokens and names the last seq with %i entries', (count) => {
    for (const summary of [undefined, 's'.repeat(430)]) {
      const { content, structuredContent } = toActivityAnswer(newest(count, summary).slice(0, -1), count)
      const text = content.map(part => part.type === 'text' ? part.text : '').join('')
      expect(text.length / 2.3).toBeLessThan(1500)
      expect(text).not.toMatch(/hush|undo|KEY/)
      const last = /"seq":(\d+)(?!.*"seq")/.exec(text)?.[1]
      if (last !== undefined && last !== '2') expect(structuredContent).toMatchObject({ next: `before=${last} for older ones` })
    }
  })

  it('names older ones where the limit has cut them off', () => {
    expect(toActivityAnswer(newest(9).slice(0, 2), 2).structuredContent).toMatchObject({ next: 'before=8 for older ones' })
  })
})
