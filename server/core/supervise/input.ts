import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { failure, type VantageError } from '#shared/errors'

/** What is on its way into one process: the newest text, and when the process has last taken something. */
interface Queue { last: Promise<void>, progressAt: number }

interface Deadline { calledAt: number, limitMs: number }

const DEFAULT_LIMIT_MS = 2000
const POLL_MS = [1, 2, 5, 10, 20]

const queues = new Map<string, Queue>()

/**
 * Writes text into the input of a run that was launched with `stdin: open`, after what was given before. Comes back when
 * the pipe has taken all of it. Throws `VALIDATION_FAILED` for `text` when the process has taken nothing for `limitMs`,
 * counted from the call at the earliest, or has no input.
 */
export function writeInput(ctlDir: string, text: string, { limitMs = DEFAULT_LIMIT_MS }: { limitMs?: number } = {}): Promise<void> {
  const queue = queues.get(ctlDir) ?? { last: Promise.resolve(), progressAt: -Infinity }
  queues.set(ctlDir, queue)
  const deadline = { calledAt: performance.now(), limitMs }
  const mine = queue.last.then(() => writeNow(join(ctlDir, 'stdin'), { bytes: Buffer.from(text), queue, deadline }))
  const settled = mine.catch(() => undefined) // its caller sees the failure; the next text is tried all the same
  queue.last = settled
  void settled.then(() => {
    if (queue.last === settled) queues.delete(ctlDir)
  })
  return mine
}

interface Write { bytes: Buffer, queue: Queue, deadline: Deadline }

async function writeNow(pipe: string, { bytes, queue, deadline }: Write): Promise<void> {
  const handle = await openPipe(pipe)
  try {
    let taken = 0
    for (let round = 0; taken < bytes.length; round++) {
      const more = await writeSome(handle, bytes.subarray(taken))
      taken += more
      if (more > 0) {
        queue.progressAt = performance.now()
        round = -1
      }
      else if (performance.now() - Math.max(deadline.calledAt, queue.progressAt) >= deadline.limitMs) {
        throw refused(`the process does not read its input; ${taken} of ${bytes.length} bytes were taken`)
      }
      else await sleep(POLL_MS[round] ?? 20)
    }
  }
  finally {
    await handle.close()
  }
}

/** Without O_NONBLOCK the open would wait for a reader, and each write for room: in a thread that nobody gives back. */
async function openPipe(pipe: string): Promise<FileHandle> {
  try {
    return await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
  }
  catch (error) {
    if (hasCode(error, 'ENXIO')) throw refused('the process has closed its input', error)
    if (hasCode(error, 'ENOENT')) throw refused('the process was started without input: set stdin to "open" (update_process), then restart it (restart_process)', error)
    throw error
  }
}

/** Gives how many bytes the pipe took: none when it is full. */
async function writeSome(handle: FileHandle, bytes: Buffer): Promise<number> {
  try {
    return (await handle.write(bytes)).bytesWritten
  }
  catch (error) {
    if (hasCode(error, 'EAGAIN')) return 0
    if (hasCode(error, 'EPIPE')) throw refused('the process has closed its input', error)
    throw error
  }
}

function refused(reason: string, cause?: unknown): VantageError {
  return failure('VALIDATION_FAILED', { problems: [{ field: 'text', reason }] }, cause)
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
