import { describe, expect, it } from 'vitest'
import { fieldsOf, toCells, toType } from '../../../../scripts/reference/types'

describe('toType', () => {
  it.each([
    [{ type: 'integer', minimum: 1, maximum: 9 }, 'integer, 1 to 9'],
    [{ type: 'integer', exclusiveMinimum: 0 }, 'integer, at least 1'],
    [{ type: 'string', format: 'date-time' }, 'string, RFC 3339'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ enum: ['a', null] }, '`"a"` `null`'],
    [{ const: 'ok' }, '`"ok"`'],
    [{ $ref: '#/components/schemas/LogPage' }, '[LogPage](#logpage)'],
    [{ type: 'array', items: { type: 'string', maxLength: 64 } }, 'list of string'],
    [{ type: 'object', additionalProperties: { anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 1 }] } }, 'map of (`"auto"` or integer)'],
    [{}, 'anything'],
  ] as const)('says of %j: %s', (schema, words) => {
    expect(toType(JSON.parse(JSON.stringify(schema)))).toBe(words)
  })
})

describe('fieldsOf', () => {
  it('gives fields of fields too, and says which may be left out', () => {
    const stats = { type: 'object', properties: { total: { type: 'integer', default: 3, description: 'All.' } } } as const
    const cells = fieldsOf({ type: 'object', properties: { id: { type: 'string' }, stats }, required: ['id'] }).map(toCells)
    expect(cells).toEqual([['`id`', 'string', ''], ['`stats?`', 'object', ''], ['`stats.total`', 'integer; `3`', 'All.']])
  })
})
