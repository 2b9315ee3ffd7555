import type { ErrorBody } from '#shared/errors'
import type { VantageEvent } from '#shared/schemas/events'
import type { LogLine } from '#shared/schemas/logs'
import type { MetricsSample } from '#shared/schemas/metrics'

interface OnTopic { topic: string, cursor?: string }

/** What the host says on `/api/ws`, by type (CONTRACT §4). */
export type HostMessage
  = | OnTopic & VantageEvent
    | OnTopic & { type: 'line', data: LogLine }
    | OnTopic & { type: 'lines', data: LogLine[] }
    | OnTopic & { type: 'metrics', data: MetricsSample[] }
    | OnTopic & { type: 'subscribed' | 'resync' }
    | OnTopic & { type: 'skipped', lines: number }
    | { type: 'error', topic?: string, error: ErrorBody }
    | { type: 'ping', topic?: undefined }

/** Gives the cursor a topic goes on from after `message`, if the message moves it. */
export function cursorOf(message: HostMessage): string | undefined {
  if ('cursor' in message && message.cursor !== undefined) return message.cursor
  if (message.type === 'line') return message.data.cursor
  return message.type === 'lines' ? message.data.at(-1)?.cursor : undefined
}
