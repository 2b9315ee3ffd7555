import { describe, expect, it } from 'vitest'
import { EventHub } from '../../../../server/core/events'
import { followEvents } from '../../../../server/operations/follow-events'

function follower(since?: string) {
  const events = new EventHub()
  const end = new AbortController()
  return { events, end, read: (from = since) => followEvents({ vantage: { events }, signal: end.signal }, from) }
}

const removed = (id: string) => ({ type: 'process.removed' as const, data: { id } })

describe('followEvents', () => {
  it('gives what is published after it began', async () => {
    const { events, read } = follower()
    events.publish(removed('before'))
    const followed = read()
    const next = followed.next()
    events.publish(removed('after'))
    expect(await next).toMatchObject({ value: { kind: 'event', event: { data: { id: 'after' } } } })
    await followed.return(undefined)
  })

  it('goes on after a known event without gap or repetition', async () => {
    const { events, read } = follower()
    events.publish(removed('a'))
    const { lastId } = events
    events.publish(removed('b'))
    events.publish(removed('c'))
    const followed = read(lastId)
    expect(await followed.next()).toMatchObject({ value: { event: { data: { id: 'b' } } } })
    expect(await followed.next()).toMatchObject({ value: { event: { data: { id: 'c' } } } })
    await followed.return(undefined)
  })

  it('tells a reader with an unknown id to start afresh, then goes on', async () => {
    const { events, read } = follower()
    const followed = read('gone-7')
    expect(await followed.next()).toEqual({ done: false, value: { kind: 'resync', id: events.lastId } })
    const next = followed.next()
    events.publish(removed('a'))
    expect(await next).toMatchObject({ value: { kind: 'event', event: { data: { id: 'a' } } } })
    await followed.return(undefined)
  })

  it('tells a reader that is too slow for the ring to start afresh', async () => {
    const { events, read } = follower()
    const followed = read()
    const first = followed.next()
    events.publish(removed('first'))
    await first
    for (let i = 0; i < 1001; i++) events.publish(removed(`p${i}`))
    expect(await followed.next()).toEqual({ done: false, value: { kind: 'resync', id: events.lastId } })
    await followed.return(undefined)
  })

  it('ends when the signal aborts, also while it waits', async () => {
    const { read, end } = follower()
    const next = read().next()
    end.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})
