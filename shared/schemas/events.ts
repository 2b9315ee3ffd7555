import type { ActivityEntry } from './activity'
import type { ProcessInfo } from './process-info'
import type { LogLine } from './logs'
import type { MetricsSample } from './metrics'
import type { ErrorBody } from '../errors'

/** What goes out once for each change, to the dashboard, SSE and MCP. */
export type VantageEvent
  = | { type: 'process.changed', data: ProcessInfo }
    | { type: 'process.removed', data: { id: string } }
    | { type: 'activity.added', data: ActivityEntry }
    | { type: 'host.closing', data: { pid: number } }

/** An event with its place in the sequence; `id` is opaque and resumes a stream. */
export type NumberedEvent = VantageEvent & { id: string, at: string }

/**
 * What a client of `/api/ws` sends. Topics: `events`, `metrics` and `logs:<id>`. `since` is the `cursor` of the last message it has
 * (or one of REST); without it a topic begins now.
 */
export interface SocketRequest { op: 'subscribe' | 'unsubscribe', topic: string, since?: string }

/**
 * What `/api/ws` sends. On `events`: `subscribed` (from here on nothing is missed: read the lists after it), each event with its
 * own type, `resync` when the reader was too slow or `since` is not known any more: read everything afresh.
 * On `metrics`: `metrics` with the newest sample of every running process, once a second.
 * On `logs:<id>`: `lines` in batches, `skipped` for lines that are left out after `cursor`: a slow reader is brought to the newest
 * ones, or retention took them. What of them is kept REST gives, `since` that cursor.
 */
export type SocketMessage
  = | { topic: string, type: VantageEvent['type'], data: VantageEvent['data'], cursor: string }
    | { topic: string, type: 'subscribed' | 'resync', cursor: string }
    | { topic: string, type: 'lines', data: LogLine[], cursor: string }
    | { topic: string, type: 'metrics', data: MetricsSample[] }
    | { topic: string, type: 'skipped', lines: number, cursor?: string }
    | { topic?: string, type: 'error', error: ErrorBody }
    | { type: 'ping' }
