import { describe, expect, it } from 'vitest'
import type { Frame } from '../../../mcp/stdio-frames'
import { Unanswered } from '../../../mcp/unanswered'

const call = (id: number, name: string): Frame => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } })
const answer = (id: number, result: unknown = {}): Frame => ({ jsonrpc: '2.0', id, result })

function withTools(): Unanswered {
  const unanswered = new Unanswered()
  unanswered.sent({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  unanswered.answered(answer(1, { tools: [
    { name: 'look', annotations: { readOnlyHint: true } },
    { name: 'stop', annotations: { readOnlyHint: false } },
  ] }))
  return unanswered
}

function sendAll(unanswered: Unanswered, ...frames: Frame[]) {
  for (const frame of frames) {
    unanswered.sent(frame)
    unanswered.delivered(frame.id)
  }
}

describe('Unanswered', () => {
  it('repeats tools that only read, and gives up those that change something', () => {
    const unanswered = withTools()
    sendAll(unanswered, call(2, 'look'), call(3, 'stop'), call(4, 'unknown'))
    expect(unanswered.afterRestart()).toEqual({ again: [call(2, 'look')], lost: [call(3, 'stop'), call(4, 'unknown')] })
  })

  it('repeats every other request', () => {
    const unanswered = new Unanswered()
    const list: Frame = { jsonrpc: '2.0', id: 9, method: 'tools/list' }
    sendAll(unanswered, list)
    expect(unanswered.afterRestart().again).toEqual([list])
  })

  it('sends a call again that never reached the host, whatever it does', () => {
    const unanswered = withTools()
    sendAll(unanswered, call(3, 'stop'))
    unanswered.undelivered(3)
    expect(unanswered.afterRestart().again).toEqual([call(3, 'stop')])
  })

  it('stops repeating a call that ends the host again and again', () => {
    const unanswered = withTools()
    sendAll(unanswered, call(2, 'look'))
    expect(unanswered.afterRestart().again).toHaveLength(1)
    expect(unanswered.afterRestart().again).toHaveLength(1)
    expect(unanswered.afterRestart().lost).toHaveLength(1)
  })

  it('forgets what is answered or cancelled', () => {
    const unanswered = withTools()
    sendAll(unanswered, call(2, 'look'), call(3, 'stop'))
    unanswered.answered(answer(2))
    unanswered.sent({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 3 } })
    expect(unanswered.size).toBe(0)
  })

  it('does not take a request of the host for an answer', () => {
    const unanswered = withTools()
    sendAll(unanswered, call(2, 'stop'))
    unanswered.answered({ jsonrpc: '2.0', id: 2, method: 'roots/list' })
    expect(unanswered.has(2)).toBe(true)
  })
})
