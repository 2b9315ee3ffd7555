import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CreateProcessRequest } from '#shared/schemas/definition'
import { parseSnapshot, printEntry, printSnapshot, type SnapshotEntry } from '../../../../../server/core/state/snapshot-file'

const NOW = '2026-01-01T00:00:00.000Z'
const defaults = { cwd: '/start', now: NOW }
const parse = (text: string) => parseSnapshot(text, 'snapshot.yaml', defaults)

const text = fc.string({ unit: 'binary', maxLength: 60 }).filter(value => !value.includes('\0') && value.isWellFormed())
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
const id = fc.oneof(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,10}$/), fc.constantFrom('1', '0x1F', '1e3', 'true', 'null', 'on', '2026-01-01'))
const definition = fc.record({
  id,
  command: text.filter(value => value !== ''),
  args: fc.array(text, { maxLength: 4 }),
  env: fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true }),
  cwd: text.map(value => `/${value}`),
  auto_start_on_restore: fc.boolean(),
  description: text,
}, { noNullPrototype: true })

const toEntry = (value: { id: string, cwd: string, command: string }): SnapshotEntry =>
  ({ definition: { ...CreateProcessRequest.parse(value), cwd: value.cwd }, created_at: NOW, updated_at: NOW, state: 'Stopped' })

describe('a snapshot', () => {
  it('is read back exactly as it was written, whatever the texts are', () => {
    fc.assert(fc.property(fc.uniqueArray(definition, { selector: value => value.id, maxLength: 5 }), (definitions) => {
      const entries = definitions.map(toEntry)
      const read = parse(printSnapshot(entries.map(printEntry)))
      const byId = (list: SnapshotEntry[]) => new Map(list.map(entry => [entry.definition.id, entry]))
      expect(byId(read)).toEqual(byId(entries))
    }), { numRuns: 1000 })
  })

  it('is refused when it was cut anywhere after its first line', () => {
    const whole = printSnapshot([printEntry(toEntry({ id: 'a', command: 'sh', cwd: '/' })), printEntry(toEntry({ id: 'b', command: 'sh', cwd: '/' }))])
    const first = whole.indexOf('\n') + 1
    for (let end = first; end < whole.length - 2; end++) expect(() => parse(whole.slice(0, end)), `cut at ${end}`).toThrow()
    expect(parse(whole)).toHaveLength(2)
  })

  it('may be written by hand, as the specification shows it', () => {
    const [entry] = parse([
      'processes:',
      '  example-process:',
      '    id: example-process',
      '    command: echo',
      '    args: ["Hello, World"]',
      '    env:',
      '      FOO: bar',
      '    cwd: /path/to/dir',
      '    auto_start_on_restore: true',
      '    state: NotStarted',
    ].join('\n'))
    expect(entry?.definition).toMatchObject({ id: 'example-process', args: ['Hello, World'], env: { FOO: 'bar' }, cwd: '/path/to/dir' })
    expect(entry?.created_at).toBe(NOW)
  })

  it.each([
    ['', 'it is empty'],
    ['processes: {a: {command: sh, comand: x}}', 'comand'],
    ['version: 2\nprocesses: {}', 'line 1'],
    ['processes:\n  a: {command: sh}\n  a: {command: sh}', 'line 3'],
    ['processes:\n  ../x: {command: sh}', 'must begin with a letter'],
    ['processes:\n  a: {id: b, command: sh}', 'has the id "b"'],
    ['processes:\n  a:\n    command: sh\n    lifetime: while', 'lifetime'],
    ['[[[[[[[[[[[[[[[[[[[[', 'nested too deep'],
    [`${'- '.repeat(40)}a`, 'nested too deep'],
  ])('is refused with the reason: %j', (broken, reason) => {
    expect(() => parse(broken)).toThrow(reason)
  })

  it('is refused in bounded time when it is an alias bomb', () => {
    const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x]', ...Array.from({ length: 8 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(',')}]`)].join('\n')
    expect(() => parse(bomb)).toThrow('aliases')
  })
})
