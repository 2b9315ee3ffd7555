import { join } from 'node:path'
import { z } from 'zod'
import { failure } from '#shared/errors'
import { atomicWrite } from './atomic-file'
import { readIfThere } from './read-if-there'

/** `sessions.json`: the browsers that have shown the token; nobody can make a cookie from what is in it. */
const Sessions = z.strictObject({ sessions: z.array(z.strictObject({ mark: z.string(), expires_at: z.iso.datetime() })) })
type Session = z.output<typeof Sessions>['sessions'][number]

const fileIn = (dataDir: string) => join(dataDir, 'sessions.json')

/** Gives the sessions of the last host; none where the file is missing or damaged: then browsers show the token again. */
export async function readSessions(dataDir: string): Promise<Session[]> {
  const text = await readIfThere(fileIn(dataDir))
  try {
    return text === undefined ? [] : Sessions.parse(JSON.parse(text)).sessions
  }
  catch {
    return [] // it is no JSON, or not ours
  }
}

/** Keeps the sessions for the next host. Throws `STORAGE_FAILED`. */
export async function writeSessions(dataDir: string, sessions: readonly Session[]): Promise<void> {
  try {
    await atomicWrite(fileIn(dataDir), `${JSON.stringify({ sessions }, undefined, 2)}\n`, { sync: false })
  }
  catch (cause) {
    throw failure('STORAGE_FAILED', { action: 'The session', reason: cause instanceof Error ? cause.message : String(cause) }, cause)
  }
}
