import type { H3Event } from 'h3'
import { type FollowRequest, followProcessOutput } from '../operations/follow-process-output'
import { openEventStream } from './event-stream'
import { whenOpen } from './host'
import { lastEventId } from './stream-events'

/** Answers with the lines of a process as they come: after `Last-Event-ID`, else after `since`, else from now. */
export async function streamOutput(event: H3Event, request: FollowRequest): Promise<void> {
  const vantage = await whenOpen()
  const since = lastEventId(event) ?? request.since
  // A cursor nobody gave out is refused while there can still be a status.
  await vantage.processes.logs(request.id).page({ stream: request.stream, lines: 1, since })
  const { send, signal, end } = openEventStream(event)
  for await (const { dropped, lines } of followProcessOutput({ vantage, signal }, { ...request, since })) {
    if (dropped > 0) await send({ event: 'skipped', data: { lines: dropped } })
    await send(...lines.map(line => ({ id: line.cursor, data: line })))
  }
  end()
}
