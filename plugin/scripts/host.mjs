import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

const DIRECTORY = process.env.VANTAGE_DATA_DIR || '~/.vantage/data'

/** The data directory of this user, as `vantage` itself finds it. */
export const dataDir = /^~(?:\/|$)/.test(DIRECTORY) ? join(homedir(), DIRECTORY.slice(1)) : resolve(DIRECTORY)

/** One that does not even say how it is gets no more time: nobody waits for this before the agent begins. */
const HEALTH_MS = 200

/**
 * Gives a way to ask the running host, within the time of `signal`; undefined where none answers as itself.
 * @param {AbortSignal} signal
 * @returns {Promise<((path: string) => Promise<unknown>) | undefined>}
 */
export async function findHost(signal) {
  const record = readJson(join(dataDir, 'server.json'))
  if (typeof record?.url !== 'string') return undefined
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const ask = (path, headers = {}, limit = signal) => get(new URL(path, record.url), { agent, signal: limit, headers: { 'x-vantage-client': 'cli', ...headers } })
  // Another program may have the port of a host that was killed: it must not get the token.
  const health = await ask('/api/health', {}, AbortSignal.timeout(HEALTH_MS)).catch(() => undefined)
  if (health?.app !== 'vantage' || health.pid !== record.pid) return undefined
  const token = process.env.VANTAGE_TOKEN || readText(join(dataDir, 'token'))?.trim()
  return path => ask(path, token ? { authorization: `Bearer ${token}` } : {})
}

function get(url, options) {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', part => text += part)
      response.on('end', () => response.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(`${url.pathname}: ${response.statusCode}`)))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

export function readJson(file) {
  const text = readText(file)
  try {
    return text === undefined ? undefined : JSON.parse(text)
  }
  catch {
    return undefined // half written: as good as none
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  }
  catch {
    return undefined // it is not there, or not ours
  }
}
