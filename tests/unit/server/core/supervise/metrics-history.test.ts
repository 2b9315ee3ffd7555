import { describe, expect, it } from 'vitest'
import { MetricsHistory } from '../../../../../server/core/supervise/metrics-history'

const START = Date.UTC(2026, 0, 1)

function filled(seconds: number) {
  const history = new MetricsHistory()
  for (let second = 0; second < seconds; second++) history.add(START + second * 1000, { cpuPercent: second, memoryBytes: 4096 * second })
  return history
}

describe('MetricsHistory', () => {
  it('gives what was recorded, oldest first', () => {
    expect(filled(2).points(START + 1000)).toEqual([
      { at: '2026-01-01T00:00:00.000Z', cpu_percent: 0, memory_bytes: 0 },
      { at: '2026-01-01T00:00:01.000Z', cpu_percent: 1, memory_bytes: 4096 },
    ])
  })

  it('keeps the last 600 points and none older than 10 minutes', () => {
    const points = filled(700).points(START + 699_000)
    expect(points).toHaveLength(600)
    expect(points[0]?.cpu_percent).toBe(100)
    expect(filled(700).points(START + 699_000 + 590_000)).toHaveLength(11)
  })

  it('gives a part, both ends included', () => {
    const points = filled(20).points(START + 20_000, { from: new Date(START + 5000), to: new Date(START + 7000) })
    expect(points.map(point => point.cpu_percent)).toEqual([5, 6, 7])
  })

  it('leaves out points within a second, but takes one after the clock was set back', () => {
    const history = filled(1)
    history.add(START + 500, { cpuPercent: 9, memoryBytes: 0 })
    expect(history.points(START + 500)).toHaveLength(1)
    history.add(START - 3_600_000, { cpuPercent: 9, memoryBytes: 0 })
    expect(history.points(START).map(point => point.cpu_percent)).toEqual([0])
    expect(history.points(START - 3_600_000)).toHaveLength(2)
  })
})
