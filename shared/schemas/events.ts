import { z } from 'zod'
import { ActivityEntry } from './activity'
import { ProcessId, Timestamp } from './basics'
import { ErrorBody } from './error'
import { LogLine } from './logs'
import { MetricsSample } from './metrics'
import { ProcessInfo } from './process-info'

/** What goes out once for each change, to the dashboard, SSE and MCP: the data of each type of event. */
export const EVENT_DATA = {
  'process.changed': ProcessInfo,
  'process.removed': z.strictObject({ id: ProcessId }),
  'activity.added': ActivityEntry,
  'host.closing': z.strictObject({ pid: z.int().positive() }),
}

type EventType = keyof typeof EVENT_DATA

/** When each type of event comes. */
export const EVENT_MEANINGS: Readonly<Record<EventType, string>> = {
  'process.changed': 'A process was created, changed, or is in another state or phase: all of it.',
  'process.removed': 'A process was removed.',
  'activity.added': 'Somebody changed something, or tried to.',
  'host.closing': 'The host ends its streams and then itself; processes run on unless it was told to stop them.',
}

export type VantageEvent = { [T in EventType]: { type: T, data: z.output<(typeof EVENT_DATA)[T]> } }[EventType]

/** An event with its place in the sequence; `id` is opaque and resumes a stream. */
export type NumberedEvent = VantageEvent & { id: string, at: string }

/** The `data` of a message of `GET /api/events`. */
export const StreamedEvent = z.union(eventsWith({ id: z.string(), at: Timestamp }))

/**
 * What a client of `/api/ws` sends. Topics: `events`, `metrics` and `logs:<id>`. `since` is the `cursor` of the last message it has
 * (or one of REST); without it a topic begins now.
 */
export const SocketRequest = z.strictObject({
  op: z.enum(['subscribe', 'unsubscribe'], 'must be "subscribe" or "unsubscribe"'),
  topic: z.string().describe('events, metrics or logs:ID.'),
  since: z.string().optional().describe('The cursor of the last message one has; else from now. Not for metrics.'),
})
export type SocketRequest = z.output<typeof SocketRequest>

const topic = z.string()
const cursor = z.string()

const Plain = z.union([
  z.strictObject({ topic, type: z.literal('subscribed'), cursor }).describe('Topic events: from here on nothing is missed.'),
  z.strictObject({ topic, type: z.literal('resync'), cursor }).describe('Some events are not known any more: read everything afresh.'),
  z.strictObject({ topic, type: z.literal('lines'), data: z.array(LogLine), cursor }).describe('Topic logs:ID: lines, in batches.'),
  z.strictObject({ topic, type: z.literal('metrics'), data: z.array(MetricsSample) })
    .describe('Topic metrics: what every running process takes, at once and then every second.'),
  z.strictObject({ topic, type: z.literal('skipped'), lines: z.int(), cursor: cursor.optional() })
    .describe('So many lines are left out after the cursor; GET …/logs?since= has those that are still kept.'),
  z.strictObject({ topic: topic.optional(), type: z.literal('error'), error: ErrorBody }).describe('What is wrong with a frame; the socket stays open.'),
  z.strictObject({ type: z.literal('ping') }).describe('Every 5 s.'),
])

/** What `/api/ws` sends: an event on the topic `events`, or one of the rest. What was skipped REST gives, `since` its cursor. */
export const SocketMessage = z.union([...eventsWith({ topic, cursor }), ...Plain.options])
export type SocketMessage
  = | { topic: string, type: VantageEvent['type'], data: VantageEvent['data'], cursor: string }
    | z.output<typeof Plain>

function eventsWith(fields: z.core.$ZodLooseShape) {
  return Object.entries(EVENT_DATA).map(([type, data]) => z.strictObject({ type: z.literal(type), data, ...fields }))
}
