import type { SocketRequest } from '#shared/schemas/events'
import { cursorOf, type HostMessage } from './host-message'

/** What a part of the page does with each message of a topic. */
export type TopicListener = (message: HostMessage) => void

interface Topic { since?: string, listeners: Set<TopicListener> }

/** The topics that somebody listens to, with the cursor each of them goes on from after a reconnection. */
export class TopicBook {
  readonly #topics = new Map<string, Topic>()

  /** Adds a listener; gives the request to send when it is the topic's first. */
  add(name: string, listener: TopicListener, since?: string): SocketRequest | undefined {
    const known = this.#topics.get(name)
    if (known) {
      known.listeners.add(listener)
      return undefined
    }
    this.#topics.set(name, { since, listeners: new Set([listener]) })
    return toRequest(name, since)
  }

  /** Drops a listener; gives the request to send when it was the topic's last. */
  remove(name: string, listener: TopicListener): SocketRequest | undefined {
    const topic = this.#topics.get(name)
    if (!topic?.listeners.delete(listener) || topic.listeners.size > 0) return undefined
    this.#topics.delete(name)
    return { op: 'unsubscribe', topic: name }
  }

  /** Hands a message to the listeners of its topic and remembers where the topic now stands. */
  deliver(message: HostMessage): void {
    const topic = message.topic === undefined ? undefined : this.#topics.get(message.topic)
    if (!topic) return
    topic.since = message.type === 'resync' ? message.cursor : cursorOf(message) ?? topic.since
    for (const listener of [...topic.listeners]) listener(message)
  }

  /** The requests that bring every topic back on a new connection. */
  requests(): SocketRequest[] {
    return [...this.#topics].map(([name, topic]) => toRequest(name, topic.since))
  }
}

function toRequest(topic: string, since: string | undefined): SocketRequest {
  return since === undefined ? { op: 'subscribe', topic } : { op: 'subscribe', topic, since }
}
