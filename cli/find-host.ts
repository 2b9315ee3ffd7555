import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from './is-object'

export interface RecordedHost { url: string, pid: number }

/**
 * Reads which host `server.json` names. Undefined where there is none, or a half-written one.
 * Like mcp/find-host.ts, but without zod: loading it would cost a client command more than all the rest.
 */
export function readRecord(dataDir: string): RecordedHost | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8'))
    if (!isObject(record) || typeof record.url !== 'string' || typeof record.pid !== 'number') return undefined
    return { url: record.url, pid: record.pid }
  }
  catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return isObject(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
