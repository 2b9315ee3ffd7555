import { z } from 'zod'
import { failure } from '#shared/errors'
import { ProcessId } from '#shared/schemas/basics'
import type { SocketMessage } from '#shared/schemas/events'
import { parseInput } from '#shared/validation'
import type { CallContext } from '../operations/define'
import { followEvents } from '../operations/follow-events'
import { followMetrics } from '../operations/follow-metrics'
import { watchProcessOutput, type LiveRequest } from '../operations/follow-process-output'

export type Topic = { name: 'events' } | { name: 'metrics' } | { name: 'logs', id: string }

/** What a topic is about. Throws `VALIDATION_FAILED` for one that there is not. */
export function parseTopic(topic: string): Topic {
  if (topic === 'events' || topic === 'metrics') return { name: topic }
  if (topic.startsWith('logs:')) return { name: 'logs', id: parseInput(z.strictObject({ topic: ProcessId }), { topic: topic.slice(5) }).topic }
  throw failure('VALIDATION_FAILED', { problems: [{ field: 'topic', reason: 'must be "events", "metrics" or "logs:<id>"' }] })
}

type Source = Pick<CallContext, 'vantage' | 'signal'>

interface Subscription {
  topic: string
  wanted: Topic
  since: string | undefined
  /** Whether the client was behind when it took the last message. */
  hasWaited: () => boolean
}

/** The messages of one subscription, as fast as they are taken. Throws `VALIDATION_FAILED` for a `since` that cannot be. */
export function messagesOf(source: Source, subscription: Subscription): AsyncGenerator<SocketMessage> {
  const { topic, wanted, since } = subscription
  if (wanted.name === 'logs') return logMessages(source, topic, { ...subscription, id: wanted.id })
  if (wanted.name === 'events') return eventMessages(source, topic, since)
  if (since !== undefined) throw failure('VALIDATION_FAILED', { problems: [{ field: 'since', reason: 'does not belong to "metrics"' }] })
  return metricsMessages(source, topic)
}

async function* eventMessages(source: Source, topic: string, since: string | undefined): AsyncGenerator<SocketMessage> {
  const start = since ?? source.vantage.events.lastId
  const followed = followEvents(source, start)
  yield { topic, type: 'subscribed', cursor: start }
  for await (const next of followed) {
    if (next.kind === 'resync') yield { topic, type: 'resync', cursor: next.id }
    else yield { topic, type: next.event.type, data: next.event.data, cursor: next.event.id }
  }
}

async function* logMessages(source: Source, topic: string, request: LiveRequest): AsyncGenerator<SocketMessage> {
  for await (const output of watchProcessOutput(source, request)) {
    if (output.kind === 'lines') yield { topic, type: 'lines', data: output.lines, cursor: output.next }
    else yield { topic, type: 'skipped', lines: output.lines, ...(output.after !== undefined && { cursor: output.after }) }
  }
}

async function* metricsMessages(source: Source, topic: string): AsyncGenerator<SocketMessage> {
  for await (const data of followMetrics(source)) yield { topic, type: 'metrics', data }
}
