import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs'
import process from 'node:process'

const MAX_BYTES = 1024 * 1024
const KEPT_BYTES = MAX_BYTES / 2
const STDERR = 2

/**
 * Keeps the file behind stderr, host.log, under 1 MiB: before a write would pass it, only its newest half stays.
 * The file is open for appending and reading.
 */
export function capHostLog() {
  const write = process.stderr.write.bind(process.stderr)
  let size = fstatSync(STDERR).size
  process.stderr.write = (chunk, ...rest) => {
    const bytes = Buffer.byteLength(chunk)
    if (size + bytes > MAX_BYTES) size = keepEnd(size)
    size += bytes
    return write(chunk, ...rest)
  }
}

function keepEnd(size) {
  const buffer = Buffer.alloc(Math.min(KEPT_BYTES, size))
  const read = readSync(STDERR, buffer, 0, buffer.length, size - buffer.length)
  const end = buffer.subarray(buffer.indexOf(10) + 1, read)
  ftruncateSync(STDERR, 0)
  writeSync(STDERR, end)
  return end.length
}
