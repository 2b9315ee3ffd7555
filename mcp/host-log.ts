import { closeSync, fchmodSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export const HOST_LOG = 'host.log'
const MAX_BYTES = 1024 * 1024
const KEPT_BYTES = MAX_BYTES / 4
const QUOTED_LINES = 12
const QUOTED_CHARS = 2000

/** Opens `host.log` of a data directory for a host in the background, 0600; of a long one only the end is kept. */
export function openHostLog(dataDir: string): { fd: number, close: () => void } {
  const fd = openSync(join(dataDir, HOST_LOG), 'a+', 0o600)
  fchmodSync(fd, 0o600)
  if (fstatSync(fd).size > MAX_BYTES / 2) keepEnd(fd)
  return { fd, close: () => closeSync(fd) }
}

/** The last lines of `host.log`, to be quoted when a start has failed. */
export function tailOfHostLog(dataDir: string): string {
  const text = readFileSync(join(dataDir, HOST_LOG), 'utf8').trimEnd()
  return text === '' ? '(it is empty)' : text.split('\n').slice(-QUOTED_LINES).join('\n').slice(-QUOTED_CHARS)
}

/** Drops all but the newest quarter MiB, from the beginning of a line. */
function keepEnd(fd: number): void {
  const { size } = fstatSync(fd)
  const buffer = Buffer.alloc(Math.min(KEPT_BYTES, size))
  const read = readSync(fd, buffer, 0, buffer.length, size - buffer.length)
  const end = buffer.subarray(buffer.indexOf(10) + 1, read)
  ftruncateSync(fd, 0)
  writeSync(fd, end)
}
