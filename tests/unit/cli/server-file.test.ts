import { describe, expect, it } from 'vitest'
import { CLIENT_FORMS, type ServerEntry } from '../../../cli/client-forms'
import { newServerFile, withServer } from '../../../cli/server-file'

const { claude, vscode, cursor } = CLIENT_FORMS
const entry: ServerEntry = { type: 'stdio', command: 'vantage', args: ['mcp'] }

describe('withServer', () => {
  it('adds the server and keeps the others, their order and their formatting', () => {
    const before = '{\n\t"mcpServers": {\n\t\t"github": { "type": "http",   "url": "https://x" },\n\t\t"db": {\n\t\t\t"command": "db"\n\t\t}\n\t},\n\t"other": [1,2]\n}\n'
    const after = withServer(before, claude, entry)
    expect(JSON.parse(after)).toEqual({ ...JSON.parse(before), mcpServers: { ...JSON.parse(before).mcpServers, vantage: entry } })
    const added = '\t\t"vantage": {\n\t\t\t"type": "stdio",\n\t\t\t"command": "vantage",\n\t\t\t"args": [\n\t\t\t\t"mcp"\n\t\t\t]\n\t\t}\n'
    expect(after.replace(added, '').replace('\t\t},\n\t},', '\t\t}\n\t},')).toBe(before)
  })

  it('changes nothing the second time', () => {
    const once = withServer('{ "mcpServers": { "a": {} } }', claude, entry)
    expect(withServer(once, claude, entry)).toBe(once)
    expect(withServer(newServerFile(cursor, entry), cursor, entry)).toBe(newServerFile(cursor, entry))
  })

  it('corrects an old entry of ours and keeps what somebody has added to it', () => {
    const before = '{"mcpServers":{"vantage":{"command":"node","args":["/old","mcp"],"env":{"VANTAGE_LOG":"debug"},"timeout":5}}}'
    expect(JSON.parse(withServer(before, claude, { ...entry, env: { A: 'b' } })).mcpServers.vantage).toEqual({
      ...entry, env: { VANTAGE_LOG: 'debug', A: 'b' }, timeout: 5,
    })
    const http = '{"mcpServers":{"vantage":{"type":"http","url":"http://127.0.0.1:12700/mcp","headers":{}}}}'
    expect(JSON.parse(withServer(http, claude, entry)).mcpServers.vantage).toEqual(entry)
  })

  it('makes the members that are missing', () => {
    expect(JSON.parse(withServer('{}', vscode, entry))).toEqual({ servers: { vantage: entry } })
    expect(JSON.parse(withServer('{"inputs":[]}\r\n', vscode, entry))).toEqual({ inputs: [], servers: { vantage: entry } })
    expect(withServer('{\r\n  "inputs": []\r\n}\r\n', vscode, entry).replaceAll('\r\n', '')).not.toContain('\n')
  })

  it('leaves lines as they are laid out, also beside the new ones', () => {
    const ours = (step: string) => [
      '"vantage": {', '  "type": "stdio",', '  "command": "vantage",', '  "args": [', '    "mcp"', '  ]', '}',
    ].map(line => `${step}${line}`).join('\n')
    expect(withServer('{\n  "mcpServers": {\n    "db": {"command":   "db"}\n  }, "x":   1\n}\n', claude, entry))
      .toBe(`{\n  "mcpServers": {\n    "db": {"command":   "db"},\n${ours('    ')}\n  }, "x":   1\n}\n`)
    expect(withServer('{ "mcpServers": { "a": {} } }', claude, entry)).toBe(`{ "mcpServers": { "a": {},\n${ours('  ')}\n} }`)
    expect(withServer('{\n  "mcpServers": {}\n}\n', claude, entry)).toBe(`{\n  "mcpServers": {\n${ours('    ')}\n  }\n}\n`)
  })

  it('keeps comments where the client takes them, and refuses them where it does not', () => {
    const text = '{\n  // ours\n  "servers": {\n    "a": {}, // first\n  },\n}\n'
    const after = withServer(text, vscode, entry)
    expect(after).toContain('// ours')
    expect(after).toContain('// first')
    expect(withServer(after, vscode, entry)).toBe(after)
    expect(() => withServer('{\n  // ours\n  "mcpServers": {}\n}', claude, entry)).toThrow('line 2, column 3: Invalid comment token')
  })

  it.each([
    ['{ "mcpServers": { }', 'line 1, column 20: Close brace expected'],
    ['{\n  "mcpServers": {\n    "a" {}\n  }\n}', 'line 3, column 9: Colon expected'],
    ['not json', 'line 1, column 1: Invalid symbol'],
    ['[]', 'it has no object at its top'],
    ['{ "mcpServers": [] }', 'its "mcpServers" is no object'],
    ['{ "mcpServers": {}, }', 'line 1, column 21'],
  ])('refuses %j', (text, reason) => {
    expect(() => withServer(text, claude, entry)).toThrow(reason)
  })
})
