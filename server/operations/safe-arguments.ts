import { clipLine } from '#shared/clean-text'
import { maskSecrets, type Secret } from '#shared/mask-secrets'
import { secretsIn } from '../core/process/secrets'

/** Of these the names only: their values may be secret. */
const NAMES_ONLY = new Set(['env', 'values'])
/** Of these how long they are: what people type, copy and import is nobody else's business. */
const LENGTH_ONLY = new Set(['text', 'content', 'yaml'])

const MAX_ITEMS = 20
const MAX_DEPTH = 5
const MAX_CHARS = 2000

type Fields = Record<string, unknown>

/**
 * Makes of the input of a call what may be kept of it: without values of an environment, without `secrets` and passwords of
 * URLs in other texts, long texts and lists clipped, the whole within 2,000 characters of JSON.
 */
export function toSafeArguments(input: unknown, secrets: readonly Secret[]): Fields {
  let left = MAX_CHARS
  return Object.fromEntries(Object.entries(isFields(input) ? safeFields(input, secrets, 0) : {}).map(([name, value]) => {
    const size = JSON.stringify(value).length + name.length
    const fits = size <= left
    if (fits) left -= size
    return [name, fits ? value : '(left out)']
  }))
}

function safeFields(fields: Fields, secrets: readonly Secret[], depth: number): Fields {
  const safe = Object.entries(fields).filter(([, value]) => value !== undefined).map(([name, value]) => {
    if (LENGTH_ONLY.has(name) && typeof value === 'string') return [`${name}_length`, value.length]
    return [name, NAMES_ONLY.has(name) ? namesOf(value) : safeValue(value, secrets, depth)]
  })
  return Object.fromEntries(safe)
}

function safeValue(value: unknown, secrets: readonly Secret[], depth: number): unknown {
  if (typeof value === 'string') return clipLine(maskSecrets(value, [...secrets, ...secretsIn({ URL: value })]))
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return '(left out)'
  if (Array.isArray(value)) return clipList(value).map(item => safeValue(item, secrets, depth + 1))
  return isFields(value) ? safeFields(value, secrets, depth + 1) : '(left out)'
}

function namesOf(value: unknown): unknown {
  return isFields(value) ? clipList(Object.keys(value).map(clipLine)) : value === null ? null : '(left out)'
}

function clipList(list: readonly unknown[]): unknown[] {
  return list.length > MAX_ITEMS ? [...list.slice(0, MAX_ITEMS), `(${list.length - MAX_ITEMS} more)`] : [...list]
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
