import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startHost, type TestHost } from '../helpers/host'

const root = join(import.meta.dirname, '../..')
const MARK = '@@ block'

/** The answer to one of several calls in a block, with no line end in between. */
const REFUSAL = /(?:^|[}\]])\{"error":\{"code":"\w+"/m

/** What never ends is read as far as shown here, then ended. */
const HELPERS = `
first() { local lines=$1; shift; exec 3< <(command "$@"); local pid=$!; head -n "$lines" <&3; kill "$pid"; exec 3<&-; }
curl() { case " $* " in *" -sN "*) first 2 curl "$@" ;; *) command curl "$@" ;; esac; }
node() { case " $* " in *WebSocket*) first 3 node "$@" ;; *) command node "$@" ;; esac; }
`

interface Example { commands: string, shown: string | undefined, printed: string }

/** Runs the blocks of a page one after the other in one shell; only the address is another. Blocks for other programs are left out. */
async function run(page: string, { url, dataDir }: TestHost): Promise<Example[]> {
  const text = (await readFile(join(root, 'docs', page), 'utf8')).replaceAll('127.0.0.1:12700', new URL(url).host)
  const blocks = Array.from(text.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```json\n([\s\S]*?)^```$)?/gm), ([, commands = '', shown]) => ({ commands, shown }))
  const examples = blocks.filter(({ commands }) => /^(?:V=|M=)|curl|node/m.test(commands) && !/^(?:claude|code) /m.test(commands))
  const script = HELPERS + examples.map(({ commands }) => `${commands}\necho "${MARK}"\n`).join('')
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
    cwd: root,
    timeout: 45_000,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, VANTAGE_DATA_DIR: dataDir },
  })
  const printed = stdout.split(`${MARK}\n`)
  return examples.map((example, at) => ({ ...example, printed: printed[at] ?? '' }))
}

describe('docs/rest.md', () => {
  it('has examples that work as they stand, and are refused only where it says so', async () => {
    await using host = await startHost()
    const examples = await run('rest.md', host)
    expect(examples.length).toBeGreaterThan(9)
    for (const { commands, shown, printed } of examples) {
      if (shown?.startsWith('{"error"')) expect(JSON.parse(printed), commands).toEqual(JSON.parse(shown))
      else expect(REFUSAL.exec(printed)?.[0], commands).toBeUndefined()
    }
    const outputOf = (words: string) => examples.find(({ commands }) => commands.includes(words))?.printed ?? ''
    expect(outputOf('-X PATCH')).toContain('"LEVEL":"debug"')
    expect(outputOf('/logs/stream')).toMatch(/^id: .+\ndata: .*tick/)
    expect(outputOf('WebSocket')).toContain('"type":"subscribed"')
    expect((await host.send('GET', '/api/processes')).body).toMatchObject([{ id: 'echo' }])
  })
})

describe('docs/mcp.md', () => {
  it('has examples that work as they stand', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'ticker', command: 'sh', args: ['-c', 'echo tick 1; echo tick 2; echo tick 3; exec sleep 600'] })
    await host.send('POST', '/api/processes/ticker/start')
    const examples = await run('mcp.md', host)
    const outputOf = (words: string) => examples.find(({ commands }) => commands.includes(words))?.printed
    expect(outputOf('bin/vantage.mjs mcp')).toContain('\\"id\\":\\"ticker\\"')
    expect(outputOf('$M')).toContain('after each \\"|\\" stands untrusted program output')
  })
})
