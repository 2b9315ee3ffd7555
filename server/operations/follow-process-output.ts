import type { LogPage, StreamChoice } from '#shared/schemas/logs'
import { follow } from '../core/logs/follow'
import type { OperationContext } from './define'

/** Which log to follow, and from where: after `since`, by default from now. */
export interface FollowRequest { id: string, stream: StreamChoice, since?: string }

/**
 * Gives the lines of a process as they come until the signal aborts; read at the pace of the reader, the file is the buffer.
 * Throws `PROCESS_NOT_FOUND` at once, `VALIDATION_FAILED` for an invalid cursor at the first step.
 */
export function followProcessOutput(
  { vantage, signal }: Pick<OperationContext, 'vantage' | 'signal'>,
  { id, stream, since }: FollowRequest,
): AsyncGenerator<LogPage> {
  return follow(vantage.processes.logs(id), { since, stream, signal })
}
