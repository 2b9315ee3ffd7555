import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Git does not see it. `npm ci` empties it; then npm's own cache has most of it still. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/vantage-strangers')

/** What npm says when it cannot get a package, as opposed to one that is broken or does not exist. */
const UNREACHABLE = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED|E5\d\d)\b/

const INSTALL_MS = 8 * 60_000

export interface InstalledClient {
  /** Of its `node_modules`, where it is there. */
  folder: string
  /** Why it is not there: the tests that need it are skipped, with this in their name. */
  missing?: string
}

/**
 * Installs a client as `name@version` from npm, once. Of all install scripts only `setUp` is run, a file below `node_modules`.
 * Without a network that is said in `missing`; any other failure is thrown.
 */
export async function installClient(spec: string, { setUp }: { setUp?: string } = {}): Promise<InstalledClient> {
  const place = join(CACHE, spec.replaceAll('/', '+'))
  const folder = join(place, 'node_modules')
  if (existsSync(folder)) return { folder }
  const fresh = `${place}.${process.pid}`
  await mkdir(fresh, { recursive: true })
  const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error']
  try {
    await promisify(execFile)('npm', ['install', '--prefix', fresh, ...quiet, spec], { timeout: INSTALL_MS })
    if (setUp !== undefined) await promisify(execFile)(process.execPath, [join(fresh, 'node_modules', setUp)], { timeout: INSTALL_MS })
  }
  catch (error) {
    await rm(fresh, { recursive: true, force: true })
    const reason = UNREACHABLE.exec(String(error))?.[0]
    if (reason === undefined) throw error
    return { folder, missing: `skipped, because npm cannot reach its registry for ${spec}: ${reason}` }
  }
  // Another run of the tests may have been faster.
  await rename(fresh, place).catch(() => rm(fresh, { recursive: true, force: true }))
  return { folder }
}
