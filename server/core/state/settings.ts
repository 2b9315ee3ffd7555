import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import { atomicWrite } from './atomic-file'
import { parseYaml } from './yaml'

/** `settings.yaml`: what the host remembers about itself. */
const Settings = z.object({ last_port: z.int().min(1).max(65535).optional() })

const fileIn = (dataDir: string) => join(dataDir, 'settings.yaml')

/** Gives the port the host of this data directory listened on last, or undefined when that is not known. */
export async function readLastPort(dataDir: string): Promise<number | undefined> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const parsed = Settings.safeParse(parseYaml(text, fileIn(dataDir)).value)
  return parsed.success ? parsed.data.last_port : undefined
}

/** Remembers the port. Throws the error of the file system. */
export async function saveLastPort(dataDir: string, port: number): Promise<void> {
  await atomicWrite(fileIn(dataDir), stringify({ last_port: port }), { sync: false })
}
