import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { parseInput } from '#shared/validation'
import { clearProcessOutput } from '../../../../server/operations/clear-process-output'
import { createProcess } from '../../../../server/operations/create-process'
import type { Operation } from '../../../../server/operations/define'
import { listProcesses } from '../../../../server/operations/list-processes'
import { perform } from '../../../../server/operations/perform'
import { removeProcess } from '../../../../server/operations/remove-process'
import { replaceProcess } from '../../../../server/operations/replace-process'
import { restartProcess } from '../../../../server/operations/restart-process'
import { sendInput } from '../../../../server/operations/send-input'
import { startGroup } from '../../../../server/operations/start-group'
import { startProcess } from '../../../../server/operations/start-process'
import { stopGroup } from '../../../../server/operations/stop-group'
import { stopProcess } from '../../../../server/operations/stop-process'
import { updateProcess } from '../../../../server/operations/update-process'
import { updateSettings } from '../../../../server/operations/update-settings'
import { openEngine, type TestEngine } from '../../../helpers/engine'
import { contextOf } from './call-context'
import { call as callByName, CALLS, changing, openWith } from './changing-calls'

const sleeper = { command: 'sleep', args: ['600'] }

async function openCalls() {
  const engine = await openEngine({ stopOnShutdown: true }) // what has just been started shows no marks yet
  const call = <I extends z.ZodType, O extends z.ZodType>(operation: Operation<I, O>, raw: unknown) =>
    perform(operation, parseInput(operation.input, raw), contextOf(engine.vantage, 'dashboard'))
  return { engine, call, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() }
}

const newest = ({ vantage }: TestEngine) => vantage.activity.list({ limit: 1 })[0]

describe('perform', () => {
  it('records who did what with what arguments, and how it is taken back', async () => {
    await using at = await openCalls()
    await at.call(createProcess, { id: 'web', ...sleeper, env: { KEY: 'hush-hush' } })
    expect(newest(at.engine)).toEqual({
      seq: 1, at: expect.any(String), actor: { kind: 'dashboard', name: 'test' }, action: 'create_process', process_id: 'web',
      arguments: { id: 'web', ...sleeper, env: ['KEY'], auto_start_on_restore: false }, result: 'ok', summary: 'Created web',
      undo: { method: 'DELETE', path: '/api/processes/web?force=true' },
    })
  })

  it('records a call that failed with its code and message', async () => {
    await using at = await openCalls()
    await expect(at.call(startProcess, { id: 'none' })).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' })
    expect(newest(at.engine)).toMatchObject({ action: 'start_process', process_id: 'none', result: 'PROCESS_NOT_FOUND', summary: 'There is no process "none".' })
    expect(newest(at.engine)).not.toHaveProperty('undo')
  })

  it('does not record what only reads', async () => {
    await using at = await openCalls()
    await at.call(listProcesses, {})
    expect(newest(at.engine)).toBeUndefined()
  })

  it.each(changing)('has a word of its own for %s', async (name) => {
    await using engine = await openWith()
    if (CALLS[name]?.needsRun) await engine.vantage.processes.start('kept', {})
    await callByName(engine, name, 'cli')
    const entry = newest(engine)
    expect(entry).toMatchObject({ action: name, result: 'ok', summary: expect.stringMatching(/^[A-Z][a-z]+ /) })
  })

  it('says in one line what was done', async () => {
    await using at = await openCalls()
    const said = async (done: Promise<unknown>) => {
      await done
      return newest(at.engine)?.summary
    }
    await at.call(createProcess, { id: 'db', ...sleeper, group: 'all', ready: { log: 'never said' } })
    await at.call(createProcess, { id: 'web', ...sleeper, group: 'all', stdin: 'open' })
    expect(await said(at.call(startProcess, { id: 'web' }))).toMatch(/^Started web \(pid \d+\)$/)
    expect(await said(at.call(restartProcess, { id: 'web' }))).toMatch(/^Restarted web \(pid \d+\)$/)
    await at.call(stopProcess, { id: 'web' })
    expect(newest(at.engine)).toMatchObject({ summary: 'Stopped web', undo: { path: '/api/processes/web/start' } })
    expect(await said(at.call(updateProcess, { id: 'web', env: { A: 'hush' }, depends_on: { db: 'ready' } }))).toBe('Changed web: env.A, depends_on')
    expect(await said(at.call(updateProcess, { id: 'web', env: { A: 'hush' } }))).toBe('Left web as it was')
    expect(newest(at.engine)).not.toHaveProperty('undo')
    expect(await said(at.call(startProcess, { id: 'web' }))).toBe('Started web and db; web waits for db')
    expect(newest(at.engine), 'one call cannot take both back').not.toHaveProperty('undo')
    await at.call(stopProcess, { id: 'web' })
    expect(await said(at.call(stopGroup, { group: 'all' }))).toBe('Stopped the group all: db, web')
    expect(newest(at.engine), 'only one of them ran').not.toHaveProperty('undo')
    expect(await said(at.call(startGroup, { group: 'all' }))).toBe('Started the group all: db, web')
    expect(newest(at.engine)).toMatchObject({ undo: { method: 'POST', path: '/api/groups/all/stop' } })
    expect(await said(at.call(clearProcessOutput, { id: 'web' }))).toBe('Cleared the log of web')
    expect(await said(at.call(removeProcess, { id: 'web', force: true }))).toBe('Removed web with its log')
    expect(await said(at.call(updateSettings, { activity_limit: 50 }))).toBe('Set activity_limit from 1000 to 50')
    expect(newest(at.engine)).toMatchObject({ undo: { method: 'PATCH', path: '/api/settings', body: { activity_limit: 1000 } } })
  })

  it('gives of two changes at once each what was before it', async () => {
    await using at = await openCalls()
    const { cwd } = await at.call(createProcess, { id: 'web', command: 'one', env: { A: '1' } })
    await Promise.all([at.call(updateProcess, { id: 'web', command: 'two' }), at.call(replaceProcess, { id: 'web', command: 'three' })])
    const [third, second] = at.engine.vantage.activity.list({ limit: 2 })
    const definition = { id: 'web', args: [], auto_start_on_restore: false, cwd }
    expect(second?.undo).toEqual({ method: 'PUT', path: '/api/processes/web', body: { ...definition, command: 'one', env: { A: '1' } } })
    expect(third?.undo).toEqual({ method: 'PUT', path: '/api/processes/web', body: { ...definition, command: 'two', env: { A: '1' } } })
  })

  it('keeps the text of an input to itself', async () => {
    await using at = await openCalls()
    await at.call(createProcess, { id: 'cat', command: 'cat', stdin: 'open' })
    await at.call(startProcess, { id: 'cat' })
    await at.call(sendInput, { id: 'cat', text: 'my password\n' })
    expect(newest(at.engine)).toMatchObject({ arguments: { id: 'cat', text_length: 12 }, summary: 'Sent 12 characters to cat' })
  })

  it('masks a secret of the definition that a later call repeats elsewhere', async () => {
    await using at = await openCalls()
    await at.call(createProcess, { id: 'web', ...sleeper, env: { API_KEY: 'sk-123456789' } })
    await at.call(updateProcess, { id: 'web', args: ['--key=sk-123456789'] })
    expect(newest(at.engine)).toMatchObject({ arguments: { args: ['--key=[secret API_KEY]'] } })
  })
})

describe('values of environments', () => {
  it('never reach activity.jsonl, a summary or the log of the host, whatever is done with the definition', async () => {
    await using at = await openCalls()
    const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,12}$/).filter(each => !/^(?:ENV|BASH_ENV|LD_AUDIT|LD_PRELOAD)$/.test(each))
    const value = fc.stringMatching(/^[ -~]{6,40}$/).map(text => `<${text}>`)
    let number = 0
    await fc.assert(fc.asyncProperty(fc.dictionary(name, value, { minKeys: 1, maxKeys: 5 }), async (env) => {
      const id = `p${++number}`
      const definition = { id, command: 'no-such-command', env }
      await at.call(createProcess, definition)
      await expect(at.call(createProcess, definition)).rejects.toMatchObject({ code: 'PROCESS_EXISTS' })
      await expect(at.call(startProcess, { id })).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' })
      await at.call(updateProcess, { id, env: { ...env, MORE: Object.values(env)[0] } })
      await at.call(replaceProcess, { ...definition, command: 'true' })
      await at.call(removeProcess, { id })
      const text = await readFile(join(at.engine.dataDir, 'activity.jsonl'), 'utf8')
      const seen = [...text.split('\n'), ...at.engine.vantage.activity.list({ limit: 9 }).map(({ summary }) => summary), ...at.engine.hostLog].join('\n')
      for (const secret of Object.values(env)) expect(seen).not.toContain(JSON.stringify(secret).slice(1, -1))
      expect(text).toContain(`"id":"${id}"`)
    }), { numRuns: 15 })
  })
})

describe('default_log_bytes', () => {
  it('goes for every process without a limit of its own, at once and under the next host', async () => {
    await using at = await openCalls()
    await at.call(createProcess, { id: 'plain', command: 'true' })
    await at.call(createProcess, { id: 'own', command: 'true', limits: { log_bytes: 100_000 } })
    const limits = () => ['plain', 'own'].map((id) => {
      const logs = at.engine.vantage.processes.logs(id)
      return 'retainedBytes' in logs ? logs.retainedBytes : undefined
    })
    expect(limits()).toEqual([32 * 1024 * 1024, 100_000])
    await at.call(updateSettings, { default_log_bytes: 200_000 })
    expect(limits()).toEqual([200_000, 100_000])
    await at.engine.reopen()
    expect(limits()).toEqual([200_000, 100_000])
  })
})
