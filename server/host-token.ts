import { chmodSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { findToken, TOKEN_FILE, TOKEN_VARIABLE, type FoundToken } from '#shared/token'
import { isLoopback } from './config'
import type { Logger } from './core/logger'
import { readSessions, writeSessions } from './core/state/sessions'
import { Access } from './http/access'
import { SessionBook } from './http/session-book'
import { TokenCheck } from './http/token-check'

/** A token with fewer characters could be guessed by who can try it from other machines. */
const GUESSABLE = 16

export interface HostTokenOptions { dataDir: string, host: string, log: Logger }

/**
 * Takes the token out of the environment, where what the host starts would inherit it, or reads it from the data directory.
 * Throws an Error that says what to do when it cannot be one, or when there is none and `host` is beyond loopback.
 */
export function takeToken(env: NodeJS.ProcessEnv, { dataDir, host, log }: HostTokenOptions): string | undefined {
  const file = join(dataDir, TOKEN_FILE)
  const found = findToken(env, file, path => readFileSync(path, 'utf8'))
  Reflect.deleteProperty(env, TOKEN_VARIABLE)
  if (found && found.token.length < GUESSABLE && !isLoopback(host)) {
    log.warn('host', `${found.source} has fewer than ${GUESSABLE} characters, and other machines can try: "openssl rand -hex 24" makes a token`)
  }
  if (found) closeFile(found, log)
  else if (!isLoopback(host)) {
    throw new Error(`Listening on ${host} (--host, NITRO_HOST or HOST) is beyond loopback and needs a token: set ${TOKEN_VARIABLE}, `
      + `or put one into ${file} (openssl rand -hex 24).`)
  }
  return found?.token
}

/** Makes what decides who may call, with the sessions that the last host has left. The lock is held. */
export async function openAccess(token: string, { dataDir, log }: HostTokenOptions): Promise<Access> {
  const kept = await readSessions(dataDir)
  return new Access({
    check: new TokenCheck({ token, warn: (message, fields) => log.warn('http', message, fields) }),
    sessions: new SessionBook({ token, kept, save: sessions => writeSessions(dataDir, sessions) }),
  })
}

/** Files of the data directory are 0600; by hand they come to be readable, though nobody else can enter the directory of a host. */
function closeFile({ source }: FoundToken, log: Logger): void {
  if (source === TOKEN_VARIABLE || (statSync(source).mode & 0o077) === 0) return
  try {
    chmodSync(source, 0o600)
    log.warn('host', `${source} was readable by others: it is 0600 now`)
  }
  catch (error) {
    log.warn('host', `${source} is readable by others and cannot be made 0600`, { error })
  }
}
