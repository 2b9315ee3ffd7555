import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import { failure, VantageError } from '#shared/errors'
import { Settings, type SettingsPatch } from '#shared/schemas/settings'
import type { Logger } from '../logger'
import { RETAINED_BYTES } from '../logs/retention'
import { KeyedQueue } from '../process/keyed-queue'
import { atomicWrite } from './atomic-file'
import { readIfThere } from './read-if-there'
import { reasonOf } from './snapshot-store'
import { parseYaml } from './yaml'

const DEFAULTS: Settings = { agents: 'allow', default_log_bytes: RETAINED_BYTES, activity_limit: 1000 }

const LastPort = z.int().min(1).max(65_535)
const Written = z.record(z.string(), z.unknown())

/** Owns `settings.yaml`: what people have set, and what the host remembers about itself. What it does not know stays in it. */
export class SettingsStore {
  readonly #file: string
  readonly #log: Logger
  readonly #queue = new KeyedQueue()
  #written: Record<string, unknown> = {}
  #value = DEFAULTS
  #loading: Promise<void> | undefined

  constructor({ dataDir, log }: { dataDir: string, log: Logger }) {
    this.#file = join(dataDir, 'settings.yaml')
    this.#log = log
  }

  get value(): Settings {
    return this.#value
  }

  /** The port the host of this data directory listened on last, where that is known. */
  get lastPort(): number | undefined {
    return LastPort.safeParse(this.#written.last_port).data
  }

  /**
   * Reads the file, once. One that is no YAML is moved aside, a value that cannot be is named in the log; the host starts all
   * the same.
   */
  load(): Promise<void> {
    return this.#loading ??= this.#load()
  }

  /** Changes settings and gives them all, as they were and as they are. Throws `STORAGE_FAILED`; nothing is changed then. */
  async update(patch: SettingsPatch): Promise<{ before: Settings, after: Settings }> {
    return await this.#queue.run(this.#file, async () => {
      const before = this.#value
      try {
        await this.#write(patch)
      }
      catch (cause) {
        throw failure('STORAGE_FAILED', { action: 'The settings', reason: reasonOf(cause) }, cause)
      }
      this.#value = { ...before, ...patch }
      return { before, after: this.#value }
    })
  }

  /** Remembers the port. Throws the error of the file system. */
  async saveLastPort(port: number): Promise<void> {
    await this.#queue.run(this.#file, () => this.#write({ last_port: port }))
  }

  async #load(): Promise<void> {
    this.#written = await this.#read()
    const wrong = Settings.partial().strip().safeParse(this.#written).error?.issues.map(({ path }) => String(path[0])) ?? []
    if (wrong.length > 0) this.#log.error('settings', 'settings.yaml has values that cannot be', { fields: wrong })
    // Who wrote something else than "allow" did not mean it.
    const agents = wrong.includes('agents') ? { agents: 'read_only' as const } : {}
    const good = Object.fromEntries(Object.entries(this.#written).filter(([field]) => !wrong.includes(field)))
    this.#value = { ...DEFAULTS, ...Settings.partial().strip().parse(good), ...agents }
  }

  async #write(changed: Record<string, unknown>): Promise<void> {
    const next = { ...this.#written, ...changed }
    await atomicWrite(this.#file, stringify(next), { sync: false })
    this.#written = next
  }

  async #read(): Promise<Record<string, unknown>> {
    try {
      const text = await readIfThere(this.#file)
      return text === undefined || text.trim() === '' ? {} : Written.parse(parseYaml(text, this.#file).value)
    }
    catch (error) {
      const aside = `${this.#file}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`
      await rename(this.#file, aside).catch(() => undefined) // a directory that cannot be written ends the start elsewhere
      this.#log.error('settings', error instanceof VantageError ? error.message : 'settings.yaml cannot be read', { moved_to: aside })
      return {}
    }
  }
}
