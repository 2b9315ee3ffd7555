import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { completeDefinition } from '../../../../../server/core/rules/definition-rules'
import { mergePatch } from '../../../../../server/core/rules/merge-patch'
import { CreateProcessRequest, ProcessDefinition } from '#shared/schemas/definition'
import { RestartRules } from '#shared/schemas/supervision'
import { parseInput } from '#shared/validation'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'

const check = (fields: object, startDir = '/start') =>
  completeDefinition(parseInput(CreateProcessRequest, { id: 'p', command: 'true', ...fields }), { project: undefined, startDir })

describe('completeDefinition', () => {
  it.each(['a|b', 'a&b', 'a;b', 'a\nb', 'a`b`', '$HOME/x', 'npm run dev && echo'])('refuses what only a shell understands: %j', async (command) => {
    await expect(check({ command })).rejects.toMatchObject({ code: 'UNSAFE_COMMAND' })
  })

  it('allows any character in the path of an existing executable file', async () => {
    await using directory = await temporaryDirectory()
    const command = join(directory.path, 'R&D', '$run;')
    await mkdir(join(directory.path, 'R&D'))
    await writeFile(command, '#!/bin/sh\n', { mode: 0o700 })
    await expect(check({ command })).resolves.toMatchObject({ command })
    await expect(check({ command: './R&D/$run;' }, directory.path)).resolves.toBeDefined()
  })

  it.each(['stop', 'ready'])('holds the program of %s to the same rule', async (field) => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'R&D'), '#!/bin/sh\n', { mode: 0o700 })
    await expect(check({ [field]: { command: ['curl', '$x;&'] } })).resolves.toBeDefined()
    await expect(check({ [field]: { command: ['./R&D'] } }, directory.path)).resolves.toBeDefined()
    await expect(check({ [field]: { command: ['true && false'] } })).rejects.toMatchObject({ code: 'UNSAFE_COMMAND' })
    await expect(check({ [field]: { command: [' '] } })).rejects.toMatchObject({ details: [{ field: `${field}.command.0` }] })
  })

  it('refuses globs that could take minutes', async () => {
    await expect(check({ watch: { paths: ['src/**/*.test.*', '{a,b}/**/x/**'] } })).resolves.toBeDefined()
    await expect(check({ watch: { paths: ['*a*a*a*a'] } })).rejects.toMatchObject({ details: [{ field: 'watch.paths' }] })
    await expect(check({ watch: { paths: ['a'], ignore: ['**/a/**/a/**/b'] } })).rejects.toMatchObject({ details: [{ field: 'watch.ignore' }] })
  })

  it.each(['../x', '/a/../b', 'a/..', '..'])('refuses a ".." segment in cwd: %s', async (cwd) => {
    await expect(check({ cwd })).rejects.toMatchObject({ code: 'UNSAFE_CWD' })
  })

  it.each([
    ['foo..bar', '/start/foo..bar'],
    ['[...slug]', '/start/[...slug]'],
    ['~', homedir()],
    ['~/x', join(homedir(), 'x')],
    ['/abs', '/abs'],
    [undefined, '/start'],
  ])('makes cwd %s absolute', async (cwd, expected) => {
    expect((await check({ cwd })).cwd).toBe(expected)
  })

  it.each(['LD_PRELOAD', 'LD_AUDIT', 'DYLD_INSERT_LIBRARIES', 'BASH_ENV', 'ENV', 'BASH_FUNC_x'])('refuses the loader hook %s', async (name) => {
    await expect(check({ env: { [name]: '/x.so' } })).rejects.toMatchObject({ code: 'UNSAFE_ENV' })
  })

  it('allows PATH, NODE_OPTIONS and LD_LIBRARY_PATH, and any characters in arguments', async () => {
    const env = { PATH: '/bin', NODE_OPTIONS: '--x', LD_LIBRARY_PATH: '/lib' }
    await expect(check({ env, args: ['$1', '&', '*', '', '; id'] })).resolves.toMatchObject({ env, args: ['$1', '&', '*', '', '; id'] })
  })

  it('wants an absolute project', async () => {
    await expect(check({ project: 'shop' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED', details: [{ field: 'project' }] })
  })
})

describe('the schema of a definition', () => {
  const refused = (raw: unknown) => {
    try {
      parseInput(CreateProcessRequest, raw)
    }
    catch (error) {
      return error
    }
    return undefined
  }

  it.each([
    ['../x', 'id'], ['__proto__', 'id'], ['constructor', 'id'], ['toString', 'id'], ['prototype', 'id'],
    ['.', 'id'], ['-a', 'id'], ['a b', 'id'], ['a'.repeat(65), 'id'], ['', 'id'], ['a\0', 'id'], ['a\n', 'id'],
  ])('refuses the id %j', (id) => {
    expect(refused({ id, command: 'true' })).toMatchObject({ code: 'VALIDATION_FAILED', details: [{ field: 'id' }] })
  })

  it.each([
    [{ args: 'x' }, 'args'],
    [{ args: ['a\0b'] }, 'args.0'],
    [{ args: ['x'.repeat(128 * 1024)] }, 'args.0'],
    [{ env: { 'LD_PRELOAD=/x.so': '' } }, 'env.LD_PRELOAD=/x.so'],
    [{ env: { A: 1 } }, 'env.A'],
    [{ env_file: 'a\0b' }, 'env_file'],
    [{ watch: { paths: ['src/**', 'a\0b'] } }, 'watch.paths.1'],
    [{ comand: 'x' }, 'comand'],
    [JSON.parse('{"env": {"__proto__": "x"}}'), 'env.__proto__'],
    [JSON.parse('{"__proto__": {}}'), '__proto__'],
  ])('names the wrong field, case %#', (fields, field) => {
    const raw = Object.assign(Object.create(null), { id: 'p', command: 'true' })
    for (const key of Object.keys(fields)) Object.defineProperty(raw, key, { value: fields[key], enumerable: true })
    expect(refused(raw)).toMatchObject({ code: 'VALIDATION_FAILED', details: [{ field }] })
  })
})

describe('mergePatch', () => {
  const base = ProcessDefinition.parse({ id: 'p', command: 'sh', args: ['a'], env: { A: '1', B: '2' }, cwd: '/x', group: 'g' })

  it('replaces fields, merges env by name, and clears with null', () => {
    expect(mergePatch(base, { args: ['b'], env: { A: null, C: '3' }, group: null })).toEqual({
      id: 'p', command: 'sh', args: ['b'], env: { B: '2', C: '3' }, cwd: '/x', auto_start_on_restore: false,
    })
  })

  it('merges depends_on by id, and replaces other objects whole', () => {
    const old = ProcessDefinition.parse({ ...base, depends_on: { db: 'ready', cache: 'started' }, restart: { policy: 'always', max_retries: 3 } })
    const merged = mergePatch(old, { depends_on: { db: null, queue: 'succeeded' }, restart: { ...RestartRules.parse({}), policy: 'on_failure' } })
    expect(merged.depends_on).toEqual({ cache: 'started', queue: 'succeeded' })
    expect(merged.restart).toMatchObject({ policy: 'on_failure', max_retries: 10 })
    expect(mergePatch(old, { depends_on: null, restart: null })).toEqual(mergePatch(base, {}))
    expect(mergePatch(base, { depends_on: { db: 'ready' } }).depends_on).toEqual({ db: 'ready' })
  })

  it('clears all of env with null', () => {
    expect(mergePatch(base, { env: null }).env).toEqual({})
  })
})
