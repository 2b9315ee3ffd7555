import { describe, expect, it } from 'vitest'
import { LogPage, MergedLogPage } from '../../../shared/schemas/logs'
import { startHost, type TestHost } from '../../helpers/host'
import { waitFor } from '../../helpers/wait-for'

const SCRIPT = 'for i in 1 2 3 4 5 6; do echo "line $i"; done; echo "ERROR no disk" >&2; echo "warning: old" >&2; echo LINE 7'

async function runToItsEnd(host: TestHost, id: string, script: string): Promise<void> {
  await host.send('POST', '/api/processes', { id, command: 'sh', args: ['-c', script] })
  await host.send('POST', `/api/processes/${id}/start`)
  await waitFor('it has ended', async () => JSON.stringify((await host.send('GET', `/api/processes/${id}`)).body).includes('"Stopped"'))
}

/** Asks for pages of the log of `p`, as JSON. */
function reader(host: TestHost) {
  const page = async (query: string) => LogPage.parse((await host.send('GET', `/api/processes/p/logs?format=json&${query}`)).body)
  return { page, texts: async (query: string) => (await page(query)).lines.map(({ text }) => text) }
}

const refused = (field: string) => ({ status: 400, body: { error: { code: 'VALIDATION_FAILED', details: [{ field }] } } })

describe('the log query of REST', () => {
  it('chooses lines by pattern, level, place and time', async () => {
    await using host = await startHost()
    await runToItsEnd(host, 'p', SCRIPT)
    const { page, texts } = reader(host)
    expect((await host.send('GET', '/api/processes/p/logs?grep=[23]$')).body).toEqual(['line 2', 'line 3'])
    expect(await texts('grep=LINE')).toEqual(['LINE 7'])
    expect(await texts('grep=LINE&ignore_case=true&lines=2')).toEqual(['line 6', 'LINE 7'])
    expect(await texts('grep=%5Eline%204&context=1&stream=stdout')).toEqual(['line 3', 'line 4', 'line 5'])
    expect((await page('grep=%5Eline%204&context=1')).lines.map(({ context }) => context)).toEqual([true, undefined, true])
    expect(await texts('level=error')).toEqual(['ERROR no disk'])
    expect((await page('level=warn')).lines.map(({ text, level }) => `${level} ${text}`).sort()).toEqual(['error ERROR no disk', 'warn warning: old'])
    const { lines } = await page('stream=stdout')
    const cursors = lines.map(({ cursor }) => cursor)
    expect(await texts(`stream=stdout&around=${cursors[3]}&lines=3`)).toEqual(['line 3', 'line 4', 'line 5'])
    expect(await texts(`grep=line&since=${cursors[1]}&lines=2`)).toEqual(['line 3', 'line 4'])
    expect(await texts(`grep=line&before=${cursors[4]}&lines=2`)).toEqual(['line 3', 'line 4'])
    expect(await texts(`run=1&grep=line&from=${lines[0]?.at}&to=${lines.at(-1)?.at}`)).toHaveLength(6)
    expect(await texts('from=2000-01-01T00:00:00Z&to=2000-01-02T00:00:00Z')).toEqual([])
    const first = await page(`grep=line&since=${cursors[1]}&lines=2`)
    expect(await texts(`grep=line&since=${first.next}`)).toEqual(['line 5', 'line 6'])
  })

  it('refuses by its field what cannot be meant', async () => {
    await using host = await startHost()
    await runToItsEnd(host, 'p', SCRIPT)
    const { lines: [line] } = await reader(host).page('lines=1')
    for (const [field, query] of [
      ['grep', 'grep='], ['grep', `grep=${'a'.repeat(201)}`], ['grep', 'grep=('], ['ignore_case', 'grep=a&ignore_case=yes'],
      ['context', 'grep=a&context=51'], ['context', 'context=1'], ['level', 'level=info'],
      ['from', 'from=yesterday'], ['to', 'to=1'], ['from', 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z'],
      ['around', `around=${line?.cursor}&since=${line?.cursor}`], ['around', `around=${line?.cursor}&before=${line?.cursor}`], ['around', 'around=nonsense'],
    ]) expect(await host.send('GET', `/api/processes/p/logs?${query}`), query).toMatchObject(refused(field ?? ''))
    expect(await host.send('GET', '/api/processes/p/logs?grep=a&run=7')).toMatchObject({ status: 404, body: { error: { code: 'RUN_NOT_FOUND' } } })
  })

  it('refuses a pattern that takes too long, and answers others meanwhile', async () => {
    await using host = await startHost()
    await runToItsEnd(host, 'p', `echo ${'a'.repeat(60)}!`)
    const hostile = host.send('GET', `/api/processes/p/logs?grep=${encodeURIComponent('^(a+)+$')}`)
    expect(await reader(host).texts('lines=1')).toHaveLength(1)
    expect(await hostile).toMatchObject(refused('grep'))
    expect(await reader(host).texts('grep=a')).toHaveLength(1)
  })

  it('merges the logs of several processes', async () => {
    await using host = await startHost()
    for (const id of ['p', 'q']) await runToItsEnd(host, id, `echo ${id} one; echo ${id} two`)
    const page = async (query: string) => MergedLogPage.parse((await host.send('GET', `/api/logs?${query}`)).body)
    const shown = ({ lines }: MergedLogPage) => lines.map(({ id, text }) => `${id}: ${text}`)
    expect(shown(await page('ids=q,p'))).toEqual(['p: p one', 'p: p two', 'q: q one', 'q: q two'])
    const newest = await page('ids=p,q&grep=one&lines=1')
    expect(shown(newest)).toEqual(['q: q one'])
    expect(shown(await page(`ids=p,q&since=${newest.next}`))).toEqual([])
    expect(shown(await page(`ids=p,q&before=${newest.lines[0]?.cursor}`))).toEqual(['p: p one', 'p: p two'])
    expect(shown(await page(`ids=p,q&around=${newest.lines[0]?.cursor}&lines=2`))).toEqual(['q: q one', 'q: q two'])
    for (const query of ['', 'ids=', 'ids=p,p', 'ids=..', `ids=${Array.from({ length: 21 }, (_, at) => `p${at}`).join(',')}`]) {
      expect(await host.send('GET', `/api/logs?${query}`), query).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_FAILED' } } })
    }
    expect(await host.send('GET', '/api/logs?ids=p,r')).toMatchObject({ status: 404, body: { error: { code: 'PROCESS_NOT_FOUND' } } })
    expect(await host.send('GET', '/api/logs?ids=p,q&since=nonsense')).toMatchObject(refused('since'))
  })
})
