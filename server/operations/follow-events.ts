import type { NumberedEvent } from '#shared/schemas/events'
import type { CallContext } from './define'

/** What a reader of the event stream gets: events in order, or the news that it missed some and has to start afresh. */
export type FollowedEvent = { kind: 'event', event: NumberedEvent } | { kind: 'resync', id: string }

/**
 * Gives every event after `since` (by default from now) until `signal` aborts.
 * The ring of the hub is the buffer: a reader too slow for it gets `resync` and goes on from the newest event.
 */
export async function* followEvents(
  { vantage: { events }, signal }: { vantage: Pick<CallContext['vantage'], 'events'>, signal: AbortSignal },
  since: string = events.lastId,
): AsyncGenerator<FollowedEvent> {
  let last = since
  let wake = () => {}
  const unsubscribe = events.subscribe(() => wake())
  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort)
  try {
    while (!signal.aborted) {
      const fresh = events.after(last)
      if (fresh === undefined) {
        last = events.lastId
        yield { kind: 'resync', id: last }
        continue
      }
      const [event] = fresh
      if (event === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      last = event.id
      yield { kind: 'event', event }
    }
  }
  finally {
    unsubscribe()
    signal.removeEventListener('abort', onAbort)
  }
}
