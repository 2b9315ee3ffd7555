import type { ProcessInfo } from './process-info'
import type { ErrorBody } from '../errors'

/** What goes out once for each change, to the dashboard, SSE and MCP. */
export type VantageEvent
  = | { type: 'process.changed', data: ProcessInfo }
    | { type: 'process.removed', data: { id: string } }
    | { type: 'host.closing', data: { pid: number } }

/** An event with its place in the sequence; `id` is opaque and resumes a stream. */
export type NumberedEvent = VantageEvent & { id: string, at: string }

/** What a client of `/api/ws` sends. Topics: `events` and `logs:<id>`. */
export interface SocketRequest { op: 'subscribe' | 'unsubscribe', topic: string, since?: string }

/** What `/api/ws` sends: messages of a topic (`type` is the event's, or `line`), errors and heartbeats. */
export type SocketMessage
  = | { topic: string, type: string, data: unknown, cursor?: string }
    | { topic: string, type: 'skipped', lines: number }
    | { topic?: string, type: 'error', error: ErrorBody }
    | { type: 'ping' }
