import { describe, expect, it } from 'vitest'
import { matchingIds } from '../../../mcp/completions'
import { define } from '../../helpers/engine'
import { waitFor } from '../../helpers/wait-for'
import { connect, textOf } from './connect'

const DIAGNOSE = { type: 'ref/prompt', name: 'diagnose_process' } as const

describe('the prompt diagnose_process', () => {
  it('is listed with its argument', async () => {
    await using session = await connect()
    expect((await session.client.listPrompts()).prompts).toMatchObject([{ name: 'diagnose_process', arguments: [{ name: 'id', required: true }] }])
  })

  it('embeds state and digest, and says what to do', async () => {
    await using session = await connect()
    await session.call('create_process', { id: 'web', command: 'sh', args: ['-c', 'echo "Error: it broke" >&2; exit 3'], env: { KEY: 'hush-hush' } })
    await session.call('start_process', { id: 'web' })
    await waitFor('it has failed', async () => textOf(await session.call('get_process_output', { id: 'web' })).startsWith('web: Failed'))
    const { messages } = await session.client.getPrompt({ name: 'diagnose_process', arguments: { id: 'web' } })
    expect(messages.map(({ content }) => content.type)).toEqual(['text', 'resource', 'resource', 'text'])
    const text = JSON.stringify(messages)
    for (const part of ['vantage://processes/web/logs', 'E| Error: it broke', '"state\\":\\"Failed', 'restart_process']) expect(text).toContain(part)
    expect(text).not.toContain('hush-hush')
  })

  it.each([
    [{ id: 'wbe' }, 'PROCESS_NOT_FOUND: There is no process "wbe". Nearest'],
    [{}, 'VALIDATION_FAILED: id:'],
    [{ id: 'web', more: 'x' }, 'VALIDATION_FAILED: more: is not a known field'],
  ])('with %j is refused', async (args, problem) => {
    await using session = await connect()
    await session.call('create_process', { id: 'web', command: 'true' })
    await expect(session.client.getPrompt({ name: 'diagnose_process', arguments: args })).rejects.toMatchObject({ code: -32602, message: expect.stringContaining(problem) })
  })

  it('is the only one', async () => {
    await using session = await connect()
    await expect(session.client.getPrompt({ name: 'other' })).rejects.toMatchObject({ code: -32602, message: expect.stringContaining('diagnose_process') })
  })
})

describe('completion', () => {
  it('of an id begins with those that begin so, then those that have it, then those close to it', () => {
    expect(matchingIds('web', ['api', 'my-web', 'wbe', 'web', 'Web-2'])).toEqual(['web', 'Web-2', 'my-web', 'wbe'])
    expect(matchingIds('', ['b', 'a'])).toEqual(['b', 'a'])
  })

  it('is there for the prompt and for both templates', async () => {
    await using session = await connect()
    for (const id of ['web', 'worker', 'api']) await session.call('create_process', { id, command: 'true' })
    const uris = ['vantage://processes/{id}', 'vantage://processes/{id}/logs']
    for (const ref of [DIAGNOSE, ...uris.map(uri => ({ type: 'ref/resource', uri } as const))]) {
      const { completion } = await session.client.complete({ ref, argument: { name: 'id', value: 'w' } })
      expect(completion).toEqual({ values: ['web', 'worker'], total: 2, hasMore: false })
    }
    expect((await session.client.complete({ ref: DIAGNOSE, argument: { name: 'other', value: '' } })).completion.values).toEqual([])
    await expect(session.client.complete({ ref: { type: 'ref/prompt', name: 'none' }, argument: { name: 'id', value: '' } })).rejects.toMatchObject({ code: -32602 })
  })

  it('gives at most a hundred', async () => {
    await using session = await connect()
    for (let n = 0; n < 120; n++) await session.engine.vantage.processes.create(define({ id: `p${n}`, command: 'true' }), {})
    const { completion } = await session.client.complete({ ref: DIAGNOSE, argument: { name: 'id', value: '' } })
    expect(completion).toMatchObject({ total: 120, hasMore: true })
    expect(completion.values).toHaveLength(100)
  })
})
