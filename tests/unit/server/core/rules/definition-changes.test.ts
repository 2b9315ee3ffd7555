import { describe, expect, it } from 'vitest'
import { CreateProcessRequest, LAUNCH_FIELDS, ProcessDefinition } from '#shared/schemas/definition'
import { changedFields, changeInWords } from '../../../../../server/core/rules/definition-changes'

const define = (fields: object = {}) => ProcessDefinition.parse({ ...CreateProcessRequest.parse({ id: 'web', command: 'node', ...fields }), cwd: '/srv' })

describe('changedFields', () => {
  it.each([
    [{}, { stdin: 'none', output: 'file', tags: [], depends_on: {}, lifetime: 'keep' }],
    [{}, { restart: { policy: 'no' }, stop: { signal: 'SIGTERM' }, limits: {}, env_file: [], assign_ports: {} }],
    [{ env_file: '.env' }, { env_file: ['.env'] }],
    [{ env: { A: '1', B: '2' } }, { env: { B: '2', A: '1' } }],
    [{ ready: { tcp: 80 } }, { ready: { timeout_ms: 60_000, tcp: 80 } }],
  ])('of %j and %j are none', (before, after) => {
    expect(changedFields(define(before), define(after))).toEqual([])
  })

  it('are those in which something else is said, of those that are asked for', () => {
    const before = define({ args: ['a', 'b'], group: 'x', stdin: 'open' })
    const after = define({ args: ['b', 'a'], restart: { policy: 'always' } })
    expect(changedFields(before, after)).toEqual(['args', 'group', 'stdin', 'restart'])
    expect(changedFields(before, after, LAUNCH_FIELDS)).toEqual(['args', 'stdin'])
  })
})

describe('changeInWords', () => {
  it('says what was and what is, and of an environment names only', () => {
    const before = define({ env: { A: 'hush', B: '1', C: '2' } })
    const after = define({ env: { B: '2', C: '2', D: 'secret' }, args: ['x'.repeat(200)], ready: { tcp: 80 } })
    expect(changeInWords('env', before, after)).toBe('env: A removed, B changed, D added')
    expect(changeInWords('ready', before, after)).toMatch(/^ready: none → \{"tcp":80,/)
    expect(changeInWords('args', before, after)).toMatch(/^args: \[\] → \["x{97}…$/)
    expect(changeInWords('cwd', before, { ...after, cwd: '/new' })).toBe('cwd: /srv → /new')
  })
})
