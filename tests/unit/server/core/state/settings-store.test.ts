import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createLogger } from '../../../../../server/core/logger'
import { SettingsStore } from '../../../../../server/core/state/settings-store'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'

const DEFAULTS = { agents: 'allow', default_log_bytes: 32 * 1024 * 1024, activity_limit: 1000 }

async function openSettings(text?: string) {
  const directory = await temporaryDirectory()
  const file = join(directory.path, 'settings.yaml')
  if (text !== undefined) await writeFile(file, text)
  const said: string[] = []
  const log = createLogger({ level: 'info', json: true, write: line => said.push(line) })
  const open = async () => {
    const settings = new SettingsStore({ dataDir: directory.path, log })
    await settings.load()
    return settings
  }
  return {
    settings: await open(), open, said, file, path: directory.path,
    written: async () => parse(await readFile(file, 'utf8')),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  }
}

describe('SettingsStore', () => {
  it('begins with the defaults, and gives what was before a change', async () => {
    await using at = await openSettings()
    expect(at.settings.value).toEqual(DEFAULTS)
    expect(at.settings.lastPort).toBeUndefined()
    expect(await at.settings.update({ agents: 'read_only' })).toEqual({ before: DEFAULTS, after: { ...DEFAULTS, agents: 'read_only' } })
    expect(at.settings.value).toEqual({ ...DEFAULTS, agents: 'read_only' })
    expect((await stat(at.file)).mode & 0o777).toBe(0o600)
  })

  it('keeps port, settings and what it does not know, whoever writes first', async () => {
    await using at = await openSettings('last_port: 12700\nci_monitors: [{ repo: a/b }]\n')
    await Promise.all([
      at.settings.saveLastPort(4000), at.settings.update({ activity_limit: 7 }), at.settings.update({ agents: 'read_only' }),
    ])
    expect(await at.written()).toEqual({ last_port: 4000, ci_monitors: [{ repo: 'a/b' }], activity_limit: 7, agents: 'read_only' })
    const next = await at.open()
    expect(next.lastPort).toBe(4000)
    expect(next.value).toEqual({ ...DEFAULTS, activity_limit: 7, agents: 'read_only' })
  })

  it('changes nothing when the disk refuses', async () => {
    await using at = await openSettings()
    await mkdir(join(at.file, 'in the way'), { recursive: true })
    await expect(at.settings.update({ activity_limit: 7 })).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    expect(at.settings.value).toEqual(DEFAULTS)
    await rm(at.file, { recursive: true })
    await at.settings.update({ agents: 'read_only' })
    expect(await at.written()).toEqual({ agents: 'read_only' })
  })
})

describe('a settings.yaml by hand', () => {
  it.each(['{ not yaml', '- a\n- b\n', 'agents: allow\nagents: read_only\n'])('that cannot be read (%j) is moved aside, and said', async (text) => {
    await using at = await openSettings(text)
    expect(at.settings.value).toEqual(DEFAULTS)
    const [aside = ''] = (await readdir(at.path)).filter(name => name.startsWith('settings.yaml.corrupt-'))
    expect(await readFile(join(at.path, aside), 'utf8')).toBe(text)
    expect(at.said.join()).toContain(aside)
    await at.settings.saveLastPort(4000)
    expect(await at.written()).toEqual({ last_port: 4000 })
  })

  it('with values that cannot be keeps the others and names them; a word for agents that is none is no leave', async () => {
    await using at = await openSettings('agents: readonly\nactivity_limit: -1\ndefault_log_bytes: 100000\nlast_port: x\n')
    expect(at.settings.value).toEqual({ agents: 'read_only', activity_limit: 1000, default_log_bytes: 100_000 })
    expect(at.settings.lastPort).toBeUndefined()
    expect(at.said.join()).toContain('"fields":["agents","activity_limit"]')
  })

  it('that is empty is as good as none', async () => {
    await using at = await openSettings('\n')
    expect(at.settings.value).toEqual(DEFAULTS)
    expect(at.said).toEqual([])
  })
})
