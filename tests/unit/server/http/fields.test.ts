import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { createEvent } from 'h3'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readFields } from '../../../../server/http/fields'

const schema = z.strictObject({
  id: z.string().optional(),
  lines: z.int().default(100),
  force: z.boolean().default(false),
  name: z.string().optional(),
})

function read(method: string, url: string, body?: string, params: Record<string, string> = {}) {
  const req = Object.assign(new IncomingMessage(new Socket()), { method, url })
  const event = createEvent(req, new ServerResponse(req))
  event.context.params = params
  if (body !== undefined) req.push(body)
  req.push(null)
  return readFields(event, schema)
}

describe('readFields', () => {
  it('makes numbers and booleans where the schema has them, and leaves text alone', async () => {
    expect(await read('GET', '/x?lines=5&force=true&name=7')).toEqual({ lines: 5, force: true, name: '7' })
  })

  it('leaves what is no number or boolean for the schema to refuse', async () => {
    expect(await read('GET', '/x?lines=5x&force=yes')).toEqual({ lines: '5x', force: 'yes' })
    expect(await read('GET', '/x?lines=&force=1')).toEqual({ lines: '', force: '1' })
  })

  it('decodes the path', async () => {
    expect(await read('GET', '/x', undefined, { id: 'a%20b' })).toEqual({ id: 'a b' })
    await expect(read('GET', '/x', undefined, { id: '%zz' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
  })

  it('refuses a parameter that is given twice', async () => {
    await expect(read('GET', '/x?name=a&name=b')).rejects.toThrow('name: is given more than once')
  })

  it('refuses query parameters where the body is the input', async () => {
    await expect(read('POST', '/x?name=a', '{}')).rejects.toThrow('name: is not a known query parameter here')
  })

  it('takes no body as no fields', async () => {
    expect(await read('POST', '/x', undefined, { id: 'web' })).toEqual({ id: 'web' })
    expect(await read('POST', '/x', '', { id: 'web' })).toEqual({ id: 'web' })
  })

  it('refuses an id that differs from the path', async () => {
    expect(await read('PUT', '/x', '{"id":"web"}', { id: 'web' })).toEqual({ id: 'web' })
    await expect(read('PUT', '/x', '{"id":"api"}', { id: 'web' })).rejects.toThrow('id: must be "web", as in the path')
  })

  it.each(['[]', '"text"', 'null', '1', '{', '{"a":1}x'])('refuses the body %s', async (body) => {
    await expect(read('POST', '/x', body)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
  })

  it('keeps a hidden key visible for the schema check', async () => {
    expect(Object.hasOwn(await read('POST', '/x', '{"__proto__":{}}'), '__proto__')).toBe(true)
    expect(Object.hasOwn(await read('GET', '/x?__proto__=1'), '__proto__')).toBe(true)
  })

  it('stops reading a body that passes the limit', async () => {
    await expect(read('POST', '/x', `"${'x'.repeat(1024 * 1024)}"`)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
  })
})
