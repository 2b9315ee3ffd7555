import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ServerRecord } from '#shared/schemas/host'
import { atomicWrite } from './atomic-file'

const fileIn = (dataDir: string) => join(dataDir, 'server.json')

/** Tells clients where the host of this data directory is. Throws the error of the file system. */
export async function writeServerRecord(dataDir: string, record: ServerRecord): Promise<void> {
  await atomicWrite(fileIn(dataDir), `${JSON.stringify(record, undefined, 2)}\n`, { sync: false })
}

/** Reads `server.json`, or undefined when it is missing or damaged. It may be left from a host that crashed. */
export async function readServerRecord(dataDir: string): Promise<ServerRecord | undefined> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return ServerRecord.parse(JSON.parse(text))
  }
  catch {
    return undefined
  }
}

/** Removes `server.json` at a clean exit. */
export async function removeServerRecord(dataDir: string): Promise<void> {
  await rm(fileIn(dataDir), { force: true })
}
