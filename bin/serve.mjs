import { spawn } from 'node:child_process'
import { fstatSync } from 'node:fs'
import process from 'node:process'
import { capHostLog } from './host-log.mjs'

/** A host in the background ends after so long without clients and processes. */
const IDLE_LIMIT_MS = 30 * 60_000

/**
 * Runs the host in this process until a signal ends it.
 * @param {URL} url the built host
 * @param {{ env: Record<string, string>, open: boolean, background: boolean, takeOver?: number }} options
 */
export async function serve(url, { env, open, background, takeOver }) {
  if (background && fstatSync(2).isFile()) capHostLog()
  Object.assign(process.env, env)
  // The import must not listen by itself: how it listens depends on the options.
  globalThis[Symbol.for('vantage.embedded')] = true
  const host = await import(url.href)
  host.trapSignals()
  try {
    const fallbackToAnyPort = background && env.NITRO_PORT === undefined
    const address = await host.listen({ fallbackToAnyPort, takeOver, ...(background && { idleLimitMs: IDLE_LIMIT_MS }) })
    if (open) openBrowser(host.pageAddress(address), address)
  }
  catch (error) {
    process.stderr.write(`vantage: ${error.message}\n`)
    process.exit(1)
  }
}

/** What cannot be opened is told without what signs in. */
function openBrowser(address, plain) {
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform] ?? ['xdg-open']
  const child = spawn(command, [...args, address], { detached: true, stdio: 'ignore' })
  child.on('error', error => process.stderr.write(`vantage: no browser could be opened (${error.message}): open ${plain}\n`))
  child.unref()
}
