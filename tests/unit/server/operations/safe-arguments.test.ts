import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CreateProcessRequest } from '#shared/schemas/definition'
import { toSafeArguments } from '../../../../server/operations/safe-arguments'

const safe = (input: unknown) => toSafeArguments(input, [])

describe('toSafeArguments', () => {
  it('gives of an environment the names only, wherever it stands', () => {
    expect(safe({ id: 'web', env: { KEY: 'v', B: null }, definition: { command: 'x', env: { C: 'v' } }, values: { PASSWORD: 'v' } }))
      .toEqual({ id: 'web', env: ['KEY', 'B'], definition: { command: 'x', env: ['C'] }, values: ['PASSWORD'] })
    expect(safe({ env: null })).toEqual({ env: null })
    expect(safe({ env: 'KEY=v' })).toEqual({ env: '(left out)' })
  })

  it('gives of what is typed or copied the length only', () => {
    expect(safe({ id: 'web', text: 'my password\n', content: 'abc', yaml: 'processes: {}' })).toEqual({ id: 'web', text_length: 12, content_length: 3, yaml_length: 13 })
  })

  it('masks secrets that stand elsewhere, and passwords of URLs', () => {
    const args = ['--key', 'sk-12345678', 'postgres://me:hunter22@db/x', '--port=3000']
    expect(toSafeArguments({ args }, [{ name: 'API_KEY', value: 'sk-12345678' }]))
      .toEqual({ args: ['--key', '[secret API_KEY]', 'postgres://me:[secret URL]@db/x', '--port=3000'] })
  })

  it('clips long texts and lists, and leaves out what is too much', () => {
    const { command, args } = safe({ command: 'x'.repeat(5000), args: Array.from({ length: 50 }, String) })
    expect(String(command).length).toBeLessThan(450)
    expect(args).toHaveLength(21)
    expect(args).toContain('(30 more)')
    expect(safe({ id: 'a', args: Array.from({ length: 20 }, () => 'y'.repeat(400)), wait: 'ready' })).toEqual({ id: 'a', args: '(left out)', wait: 'ready' })
    expect(safe('no object')).toEqual({})
  })

  it('holds no value of an environment and stays short, whatever the definition is', () => {
    const value = fc.string({ minLength: 8, maxLength: 300, unit: 'binary' }).map(text => `«${text}»`)
    const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,30}$/)
    const definition = fc.record({
      id: fc.constant('web'),
      command: fc.string({ minLength: 1, maxLength: 600 }),
      args: fc.array(fc.string({ maxLength: 600 }), { maxLength: 60 }),
      env: fc.dictionary(name, value, { minKeys: 1, maxKeys: 60 }),
      description: fc.string({ maxLength: 2000 }),
    })
    fc.assert(fc.property(definition, (request) => {
      const text = JSON.stringify(safe({ ...request, nested: { list: [{ env: request.env }] } }))
      expect(text.length).toBeLessThan(2500)
      for (const secret of Object.values(request.env)) expect(text).not.toContain(JSON.stringify(secret).slice(1, -1))
    }))
  })

  it('names every field of a definition that was given', () => {
    const given = CreateProcessRequest.parse({ id: 'web', command: 'x', stop: { grace_ms: 1 }, tags: ['a'] })
    expect(Object.keys(safe(given))).toEqual(Object.keys(given))
  })
})
