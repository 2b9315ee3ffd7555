// Loaded into the host by --import: on SIGPWR it writes the longest gap of the event loop since the last time, in ms, to a file.
import { renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/** Part of every gap: how often the loop is looked at. */
const RESOLUTION_MS = 5
const file = new URL(import.meta.url).searchParams.get('file')

if (isMainThread && file) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  process.on('SIGPWR', () => {
    writeFileSync(`${file}.new`, String(Math.max(0, delay.max / 1e6 - RESOLUTION_MS)))
    renameSync(`${file}.new`, file)
    delay.reset()
  })
}
