import { cursorOf, type HostMessage } from './host-message'
import type { TopicListener } from './topics'

/** Where no socket gets through, the page is still painted after this time. */
const SOCKET_PATIENCE_MS = 300

export interface EventReader {
  /** Reads the whole: something may have happened that was not heard. */
  read: () => void
  hear: (message: HostMessage) => void
}

interface Connection { subscribe: (topic: string, listener: TopicListener) => void }

/** Keeps a store up to date: it is read once, then hears of every change, and is read anew where some may be missing. */
export function followEvents(connection: Connection, { read, hear }: EventReader): void {
  let place: string | undefined
  let isRead = false

  function readNow(): void {
    isRead = true
    read()
  }

  connection.subscribe('events', (message) => {
    const from = place
    place = cursorOf(message) ?? place
    // What happened before this subscription, or was forgotten since the last one, has to be read.
    if (message.type === 'resync' || (message.type === 'subscribed' && message.cursor !== from)) readNow()
    else hear(message)
  })
  setTimeout(() => isRead || readNow(), SOCKET_PATIENCE_MS)
}
