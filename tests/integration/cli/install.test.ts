import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../helpers/host'
import { systemNode } from '../../helpers/system-node'
import { temporaryDirectory } from '../../helpers/temporary-directory'
import { BIN } from '../mcp/playground'

beforeAll(ensureBuild)

const node = systemNode()

/** A project with a folder in it, and a way to run `vantage mcp install …` there. */
async function project({ path = dirname(node) } = {}) {
  const directory = await temporaryDirectory()
  const sub = join(directory.path, 'packages/web')
  await mkdir(sub, { recursive: true })
  await mkdir(join(directory.path, '.git'))
  return {
    path: directory.path,
    file: (name: string) => join(directory.path, name),
    async install(...args: string[]) {
      const child = spawn(node, [BIN, 'mcp', 'install', ...args], { cwd: sub, env: { PATH: path, HOME: directory.path } })
      const said = { stdout: '', stderr: '' }
      child.stdout.setEncoding('utf8').on('data', (text: string) => said.stdout += text)
      child.stderr.setEncoding('utf8').on('data', (text: string) => said.stderr += text)
      const [code] = await once(child, 'close')
      return { code, ...said }
    },
    [Symbol.asyncDispose]: directory[Symbol.asyncDispose],
  }
}

const byFile = { type: 'stdio', command: 'node', args: [BIN, 'mcp'] }
const inFolder = { env: { CLAUDE_PROJECT_DIR: '${workspaceFolder}' } }

describe('vantage mcp install', () => {
  it('prints what .mcp.json needs, and nothing else on stdout', async () => {
    await using place = await project()
    const { code, stdout, stderr } = await place.install()
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ mcpServers: { vantage: byFile } })
    expect(stderr).toBe(`This belongs into ${place.file('.mcp.json')}: --write puts it there.\n`)
    expect(await readdir(place.path)).not.toContain('.mcp.json')
  })

  it.each([
    ['claude', '.mcp.json', { mcpServers: { vantage: byFile } }],
    ['vscode', '.vscode/mcp.json', { servers: { vantage: { ...byFile, ...inFolder } } }],
    ['cursor', '.cursor/mcp.json', { mcpServers: { vantage: { ...byFile, ...inFolder } } }],
  ])('writes the file of %s at the root of the project, once', async (client, name, content) => {
    await using place = await project()
    expect(await place.install('--client', client, '--write')).toEqual({ code: 0, stdout: `Vantage is in ${place.file(name)} now.\n`, stderr: '' })
    expect(JSON.parse(await readFile(place.file(name), 'utf8'))).toEqual(content)
    expect(await place.install('--client', client, '--write')).toEqual({ code: 0, stdout: `${place.file(name)} has it already.\n`, stderr: '' })
    expect(await readFile(place.file(name), 'utf8')).toBe((await place.install('--client', client)).stdout)
  })

  it('uses the name where PATH has this copy, and hands options on', async () => {
    await using directory = await temporaryDirectory()
    await symlink(BIN, join(directory.path, 'vantage'))
    await using place = await project({ path: [directory.path, dirname(node)].join(delimiter) })
    const { stdout } = await place.install('--data-dir', '/d', '--log-level', 'warn')
    expect(JSON.parse(stdout).mcpServers.vantage).toEqual({ type: 'stdio', command: 'vantage', args: ['mcp', '--data-dir', '/d', '--log-level', 'warn'] })
  })

  it('keeps other servers, the mode of the file and a link to it', async () => {
    await using place = await project()
    await writeFile(place.file('shared.json'), '{\n    "mcpServers": {\n        "db": { "command": "db" }\n    }\n}\n')
    await chmod(place.file('shared.json'), 0o600)
    await symlink('shared.json', place.file('.mcp.json'))
    expect(await place.install('--write')).toMatchObject({ code: 0 })
    const text = await readFile(place.file('shared.json'), 'utf8')
    expect(text).toContain('        "db": { "command": "db" },\n        "vantage": {\n            "type": "stdio",')
    expect((await stat(place.file('shared.json'))).mode & 0o777).toBe(0o600)
    expect((await lstat(place.file('.mcp.json'))).isSymbolicLink()).toBe(true)
    expect((await readdir(place.path)).filter(name => name.endsWith('.tmp'))).toEqual([])
  })

  it('refuses a broken file, says where it is broken, and changes nothing', async () => {
    await using place = await project()
    const broken = '{\n  "mcpServers": {\n    "db" { "command": "db" }\n  }\n}\n'
    await writeFile(place.file('.mcp.json'), broken)
    expect(await place.install('--write')).toEqual({
      code: 1, stdout: '',
      stderr: `vantage: ${place.file('.mcp.json')} was not changed: line 3, column 10: Colon expected.\nWithout --write the command prints what belongs there.\n`,
    })
    expect(await readFile(place.file('.mcp.json'), 'utf8')).toBe(broken)
  })

  it('says why it cannot write', async () => {
    await using place = await project()
    await mkdir(place.file('.mcp.json'))
    expect(await place.install('--write')).toMatchObject({ code: 1, stderr: expect.stringMatching(/was not changed: EISDIR/) })
  })
})
