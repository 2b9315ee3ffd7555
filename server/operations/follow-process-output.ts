import type { LogPage, StreamChoice } from '#shared/schemas/logs'
import { catchUp } from '../core/logs/catch-up'
import { follow, isFull } from '../core/logs/follow'
import type { CallContext } from './define'

/** Which log to follow, and from where: after `since`, by default from now. */
export interface FollowRequest { id: string, stream: StreamChoice, since?: string }

/**
 * Gives the lines of a process as they come until the signal aborts; read at the pace of the reader, the file is the buffer.
 * Throws `PROCESS_NOT_FOUND` at once, `VALIDATION_FAILED` for an invalid cursor at the first step.
 */
export function followProcessOutput(
  { vantage, signal }: Pick<CallContext, 'vantage' | 'signal'>,
  { id, stream, since }: FollowRequest,
): AsyncGenerator<LogPage> {
  return follow(vantage.processes.logs(id), { since, stream, signal })
}

/** What of a log a live view shows: lines that follow each other, or how many are left out after the cursor `after`. */
export type LiveOutput
  = | { kind: 'lines', lines: LogPage['lines'], next: string }
    | { kind: 'skipped', lines: number, after: string | undefined }

/** A log for somebody who looks on; `hasWaited` tells whether the reader was behind when it took the last piece. */
export interface LiveRequest { id: string, since: string | undefined, hasWaited: () => boolean }

/** What may have come since a reader had everything, in bytes, before one that is behind is brought to the newest lines. */
const BEHIND_BYTES = 1_000_000

/**
 * Follows a log for a live view: as `followProcessOutput`, but once a reader is behind and more than about 1 MB has come since it
 * had everything or began, the lines it has not seen are counted instead of given, and it goes on with the newest. What was there
 * before it began is given in full, however slowly it reads.
 */
export async function* watchProcessOutput(
  source: Pick<CallContext, 'vantage' | 'signal'>,
  { id, since, hasWaited }: LiveRequest,
): AsyncGenerator<LiveOutput> {
  const logs = source.vantage.processes.logs(id)
  let after = since
  let askedAt = logs.writtenBytes
  let caughtUpAt = askedAt
  while (!source.signal.aborted && !logs.closed.aborted) {
    let isBehind = false
    for await (const page of followProcessOutput(source, { id, stream: 'both', since: after })) {
      const { dropped, lines, next } = page
      if (!isFull(page)) caughtUpAt = askedAt // it had everything that was there then
      if (dropped > 0) yield { kind: 'skipped', lines: dropped, after }
      if (lines.length > 0) yield { kind: 'lines', lines, next }
      after = next
      caughtUpAt = Math.min(caughtUpAt, logs.writtenBytes) // a new run counts from zero
      isBehind = hasWaited() && logs.writtenBytes - caughtUpAt > BEHIND_BYTES
      if (isBehind) break
      askedAt = logs.writtenBytes
    }
    if (!isBehind || after === undefined) continue
    askedAt = caughtUpAt = logs.writtenBytes
    const caughtUp = await catchUp(logs, after)
    if (!caughtUp) continue
    yield { kind: 'skipped', lines: caughtUp.skipped, after }
    yield { kind: 'lines', lines: caughtUp.lines, next: caughtUp.next }
    after = caughtUp.next
  }
}
