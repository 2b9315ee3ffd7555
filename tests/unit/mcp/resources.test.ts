import { ResourceListChangedNotificationSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { define } from '../../helpers/engine'
import { waitFor } from '../../helpers/wait-for'
import { connect } from './connect'

type Session = Awaited<ReturnType<typeof connect>>

const WEB = { id: 'web', command: 'sh', args: ['-c', 'echo "token is $API_TOKEN" >&2; exit 3'], env: { API_TOKEN: 'hush-hush' }, description: 'The site' }

const read = async ({ client }: Session, uri: string) => {
  const { contents: [content] } = await client.readResource({ uri })
  return { mimeType: content?.mimeType, uri: content?.uri, text: content && 'text' in content ? content.text : '' }
}

/** The URIs the client has been told of. */
function told({ client }: Session): string[] {
  const uris: string[] = []
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void uris.push(params.uri))
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void uris.push('list'))
  return uris
}

describe('resources', () => {
  it('are the list, each process, and its output', async () => {
    await using session = await connect()
    await session.call('create_process', WEB)
    const { resources } = await session.client.listResources()
    expect(resources.map(({ uri }) => uri)).toEqual(['vantage://processes', 'vantage://processes/web', 'vantage://processes/web/logs'])
    expect(resources[1]).toMatchObject({ name: 'web', description: 'The site', mimeType: 'application/json' })
    const { resourceTemplates } = await session.client.listResourceTemplates()
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(['vantage://processes/{id}', 'vantage://processes/{id}/logs'])
  })

  it('come in pages', async () => {
    await using session = await connect()
    for (let n = 100; n < 230; n++) await session.engine.vantage.processes.create(define({ id: `p${n}`, command: 'true' }), {})
    const first = await session.client.listResources()
    expect(first.resources).toHaveLength(201)
    expect(first.nextCursor).toBe('p199')
    const second = await session.client.listResources({ cursor: first.nextCursor })
    expect(second.nextCursor).toBeUndefined()
    expect(second.resources.map(({ uri }) => uri).filter(uri => uri.endsWith('/logs'))).toHaveLength(30)
    await expect(session.client.listResources({ cursor: '../x' })).rejects.toMatchObject({ code: -32602 })
  })

  it('hold what the tools answer, without secrets', async () => {
    await using session = await connect()
    await session.call('create_process', WEB)
    await session.call('start_process', { id: 'web' })
    const logs = await waitFor('it has failed', async () => {
      const { text, mimeType } = await read(session, 'vantage://processes/web/logs')
      return /^web: Failed, run 1, exited 3/.test(text) && { text, mimeType }
    })
    expect(logs.mimeType).toBe('text/plain')
    expect(logs.text).toContain('E| token is ')
    const one = await read(session, 'vantage://processes/web')
    expect(one).toMatchObject({ uri: 'vantage://processes/web', mimeType: 'application/json' })
    expect(JSON.parse(one.text)).toEqual((await session.call('get_process_status', { id: 'web' })).structuredContent)
    const all = await read(session, 'vantage://processes')
    expect(JSON.parse(all.text)).toMatchObject({ processes: [{ id: 'web', state: 'Failed', exit_code: 3 }], total: 1 })
    expect(logs.text + one.text + all.text).not.toContain('hush-hush')
  })

  it.each([
    ['vantage://processes/wbe', 'Nearest: vantage://processes/web'],
    ['vantage://processes/web/output', 'vantage://processes lists all'],
    ['vantage://processes/__proto__', 'vantage://processes lists all'],
    ['file:///etc/passwd', 'vantage://processes lists all'],
  ])('that are not there are named: %s', async (uri, help) => {
    await using session = await connect()
    await session.call('create_process', WEB)
    const refusal = { code: -32002, message: expect.stringContaining(help), data: { uri } }
    await expect(session.client.readResource({ uri })).rejects.toMatchObject(refusal)
  })
})

describe('a client', () => {
  it('is told of processes that come and go', async () => {
    await using session = await connect()
    const uris = told(session)
    await session.call('create_process', WEB)
    await waitFor('it came', () => uris.length === 1)
    await session.call('update_process', { id: 'web', description: 'other' })
    await session.call('remove_process', { id: 'web' })
    await waitFor('it went', () => uris.length === 2)
    expect(uris).toEqual(['list', 'list'])
  })

  it('is told of what it has subscribed to, until it does not want that any more', async () => {
    await using session = await connect()
    const uris = told(session)
    const [list, web, logs] = ['vantage://processes', 'vantage://processes/web', 'vantage://processes/web/logs']
    for (const uri of [list, web, logs]) await session.client.subscribeResource({ uri: String(uri) })
    await session.call('create_process', { ...WEB, args: ['-c', 'echo one; exec sleep 600'] })
    await waitFor('all of it has been told', () => [list, web, logs].every(uri => uris.includes(String(uri))))
    uris.length = 0
    await session.call('start_process', { id: 'web' })
    await waitFor('its output too', () => uris.includes(String(logs)) && uris.includes(String(web)))

    for (const uri of [web, logs]) await session.client.unsubscribeResource({ uri: String(uri) })
    uris.length = 0
    await session.call('stop_process', { id: 'web' })
    await waitFor('the list has changed', () => uris.includes(String(list)))
    expect(new Set(uris)).toEqual(new Set([list]))
  })

  it('hears of the log of a process that was made anew', async () => {
    await using session = await connect()
    const uris = told(session)
    const uri = 'vantage://processes/web/logs'
    await session.call('create_process', { ...WEB, args: ['-c', 'exit 0'] })
    await session.client.subscribeResource({ uri })
    await session.call('remove_process', { id: 'web' })
    await waitFor('it went', () => uris.includes(uri))
    await session.call('create_process', WEB)
    await waitFor('it came', () => uris.filter(one => one === 'list').length >= 2)
    uris.length = 0
    await session.call('start_process', { id: 'web' })
    await waitFor('it has written', () => uris.includes(uri))
  })

  it('may subscribe to any URI, not to what is none, and not without end', async () => {
    await using session = await connect()
    await session.client.subscribeResource({ uri: 'test://anything' })
    await expect(session.client.subscribeResource({ uri: 'no uri' })).rejects.toMatchObject({ code: -32602 })
    for (let n = 0; n < 499; n++) await session.client.subscribeResource({ uri: `test://${n}` })
    await expect(session.client.subscribeResource({ uri: 'test://more' })).rejects.toMatchObject({ code: -32602 })
    await session.client.subscribeResource({ uri: 'test://1' })
  })
})
