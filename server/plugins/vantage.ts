import { resolve } from 'node:path'
import { defineNitroPlugin } from 'nitropack/runtime'
import { TOKEN_VARIABLE } from '#shared/token'
import { version } from '../../package.json'
import { ConfigError, readConfig, type HostConfig } from '../config'
import { createLogger, type Logger } from '../core/logger'
import { acquireHostLock } from '../core/supervise/host-lock'
import { createVantage } from '../core/vantage'
import { setClosing, setHostLog, setVantage } from '../http/host'

/** What the environment asks of this host; a bad value ends the start by name. */
export const config = orExit(readHostConfig)

export const log = toStderr(config)

/** The engine of this process. Made at import, without touching the disk; the entry opens it once the lock is held. */
export const vantage = orExit(() => createVantage({
  dataDir: config.dataDir,
  version,
  startDir: config.startDir,
  environment: process.env,
  stopOnShutdown: config.stopOnShutdown,
  log,
}))

export default defineNitroPlugin((nitroApp) => {
  setHostLog(log)
  if (import.meta.dev) openForDevelopment(nitroApp.hooks)
})

/** Under `nuxi dev` nobody else opens the engine; an edit of the server ends this worker and starts another. */
function openForDevelopment(hooks: { hook: (name: 'close', end: () => Promise<void>) => void }): void {
  const opened = acquireHostLock(config.dataDir).then(async (lock) => {
    await vantage.open()
    setVantage(vantage)
    return lock
  })
  opened.catch((error: unknown) => log.error('host', 'the engine did not open', { error }))
  hooks.hook('close', async () => {
    setClosing()
    const lock = await opened
    await vantage.close()
    await lock.release()
  })
}

function readHostConfig(): HostConfig {
  const read = readConfig(process.env, process.cwd())
  if (!import.meta.dev) return read
  if (process.env[TOKEN_VARIABLE] !== undefined) throw new ConfigError(TOKEN_VARIABLE, 'is set, but the server of development asks nobody for a token.')
  return { ...read, dataDir: resolve('.data') }
}

/** A bad variable, or a system on which no process could be kept, ends the start with one sentence. */
function orExit<T>(make: () => T): T {
  try {
    return make()
  }
  catch (error) {
    process.stderr.write(`vantage: ${error instanceof Error ? error.message : String(error)}\n`)
    return process.exit(1)
  }
}

function toStderr({ logLevel }: HostConfig): Logger {
  // Whoever read the log may go away; the host stays.
  process.stderr.on('error', () => {})
  return createLogger({ level: logLevel, json: !process.stderr.isTTY, write: line => void process.stderr.write(line) })
}
