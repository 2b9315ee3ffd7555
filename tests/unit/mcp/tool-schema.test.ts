import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toToolSchema } from '../../../mcp/tool-schema'

describe('toToolSchema', () => {
  it('keeps types, choices, defaults, descriptions and what is required', () => {
    const input = z.strictObject({
      id: z.string().min(1).regex(/^a/),
      lines: z.int().min(1).max(9).default(5).describe('How many.'),
      args: z.array(z.string().max(3)).max(4).default([]),
      mode: z.enum(['a', 'b']).optional(),
    })
    expect(toToolSchema(input)).toEqual({
      type: 'object',
      properties: {
        id: { type: 'string' },
        lines: { type: 'integer', default: 5, description: 'How many.' },
        args: { type: 'array', items: { type: 'string' } },
        mode: { type: 'string', enum: ['a', 'b'] },
      },
      required: ['id'],
      additionalProperties: false,
    })
  })

  it('says null in the type of what may be cleared', () => {
    const input = z.strictObject({
      name: z.string().max(5).describe('A name.').nullish(),
      mode: z.enum(['a', 'b']).nullish(),
      env: z.record(z.string().regex(/^x/), z.string().nullable()).nullish(),
      paths: z.union([z.string().min(1), z.array(z.string())]).nullish(),
    })
    expect(toToolSchema(input).properties).toEqual({
      name: { type: ['string', 'null'], description: 'A name.' },
      mode: { type: ['string', 'null'], enum: ['a', 'b', null] },
      env: { type: ['object', 'null'], additionalProperties: { type: ['string', 'null'] } },
      paths: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }, { type: 'null' }] },
    })
  })

  it('names the fields of an object, and in brief nothing more of it', () => {
    const input = z.strictObject({
      limits: z.strictObject({ memory: z.int().min(1).describe('Bytes.'), files: z.int().optional() }).nullish(),
      name: z.string().describe('Any.'),
    })
    expect(toToolSchema(input).properties).toEqual({
      name: { type: 'string', description: 'Any.' },
      limits: {
        type: ['object', 'null'],
        properties: { memory: { type: 'integer', description: 'Bytes.' }, files: { type: 'integer' } },
        required: ['memory'],
      },
    })
    expect(toToolSchema(input, { isBrief: true }).properties).toEqual({
      limits: { type: ['object', 'null'], description: 'memory, files' },
      name: { type: 'string' },
    })
  })

  it('leaves a long list of choices to the error', () => {
    expect(toToolSchema(z.strictObject({ signal: z.enum(['a', 'b', 'c', 'd', 'e', 'f', 'g']) })).properties).toEqual({ signal: { type: 'string' } })
  })

  it('keeps an argument whose name is that of a rule', () => {
    expect(toToolSchema(z.strictObject({ pattern: z.string(), format: z.string().max(3) })).properties)
      .toEqual({ pattern: { type: 'string' }, format: { type: 'string' } })
  })
})
