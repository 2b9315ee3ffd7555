import type { IncomingMessage } from 'node:http'
import { failure } from '#shared/errors'
import { BODY_LIMIT_BYTES } from './guard'

/**
 * Reads the JSON body of a request; no body is undefined.
 * Throws `PAYLOAD_TOO_LARGE` as soon as `limitBytes` are passed, `VALIDATION_FAILED` for what is no JSON object.
 */
export async function readBody(req: IncomingMessage, limitBytes = BODY_LIMIT_BYTES): Promise<Record<string, unknown> | undefined> {
  const text = await readText(req, limitBytes)
  if (text.trim() === '') return undefined
  const value = parse(text)
  if (isRecord(value)) return value
  throw failure('VALIDATION_FAILED', { problems: [{ field: '', reason: 'The body must be a JSON object.' }] })
}

/** Node discards what is left of a body once it was answered, so the rest of a large one costs no memory. */
async function readText(req: IncomingMessage, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= limitBytes) return void chunks.push(chunk)
      chunks.length = 0
      reject(failure('PAYLOAD_TOO_LARGE', { limitBytes }))
    })
    req.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    req.once('error', cause => reject(failure('VALIDATION_FAILED', { problems: [{ field: '', reason: 'The body ended early.' }] }, cause)))
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  }
  catch (cause) {
    throw failure('VALIDATION_FAILED', { problems: [{ field: '', reason: 'The body is not valid JSON.' }] }, cause)
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
