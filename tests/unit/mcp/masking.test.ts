import { describe, expect, it } from 'vitest'
import { tools } from '../../../mcp/tools'
import { define, openEngine } from '../../helpers/engine'
import { waitFor } from '../../helpers/wait-for'

const SECRET = 'sk-live-0123456789'

describe('what agents are shown', () => {
  it('has no secret of a process in its output, its reasons and its lists', async () => {
    await using engine = await openEngine()
    const { vantage } = engine
    const context = { vantage, actor: { kind: 'agent', name: 'test' } as const, caller: {}, signal: new AbortController().signal }
    const ask = async (name: string, input: unknown) => {
      return JSON.stringify(await tools.find(({ listing }) => listing.name === name)?.call(input, context))
    }
    const script = 'printf "key \\033[31m%s\\033[0m%s\\n" "${API_KEY%89}" 89; printf "url ?k=%s\\n" "$API_KEY" >&2; exec sleep 600'
    await vantage.processes.create(define({ id: 'p', command: 'sh', args: ['-c', script], env: { API_KEY: SECRET } }), {})
    await vantage.processes.start('p', {})
    const output = await waitFor('both lines', async () => {
      const text = await ask('get_process_output', { id: 'p' })
      return text.includes('url ?k=') && text.includes('key ') && text
    })
    expect(output).toContain('| key [secret API_KEY]')
    expect(output).toContain('?k=[secret API_KEY]')
    expect(output).not.toContain('0123456789')

    await vantage.processes.create(define({ id: 'bad', command: `./${SECRET}`, cwd: '/', env: { API_KEY: SECRET } }), {})
    await vantage.processes.start('bad', {}).catch(() => {})
    expect(vantage.processes.get('bad').error).toContain(SECRET)
    for (const answer of [await ask('get_process_status', { id: 'bad' }), await ask('list_processes', {})]) {
      expect(JSON.stringify(JSON.parse(answer).structuredContent)).toContain('[secret API_KEY]')
    }
  })
})
