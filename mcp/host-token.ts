import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failure, VantageError } from '#shared/errors'
import { findToken, TOKEN_FILE, tokenAdvice, type FoundToken } from '#shared/token'

/** Gives the token of the host of a data directory, read anew each time. Throws `UNAUTHORIZED` for what cannot be one. */
export function readHostToken(env: NodeJS.ProcessEnv, dataDir: string): FoundToken | undefined {
  try {
    return findToken(env, join(dataDir, TOKEN_FILE), file => readFileSync(file, 'utf8'))
  }
  catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw withHint(`The token of the host cannot be read: ${reason}`, tokenAdvice(undefined, dataDir), cause)
  }
}

/** The error for a client whose host has refused the token, or the want of one. */
export function unauthorized(found: FoundToken | undefined, dataDir: string): VantageError {
  const { message } = failure('UNAUTHORIZED', { given: found ? 'token' : 'nothing' })
  return withHint(message, tokenAdvice(found, dataDir))
}

function withHint(message: string, hint: string, cause?: unknown): VantageError {
  return new VantageError({ code: 'UNAUTHORIZED', status: 401, message, hint }, cause)
}
