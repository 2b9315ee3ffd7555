import type { z } from 'zod'
import { code, linkTo } from './markdown.ts'

export type Schema = z.core.JSONSchema.BaseSchema

/** A field with what is told of it in one row. */
export interface Field { name: string, isRequired: boolean, schema: Schema }

/** Gives the fields of an object schema; a closed object below it gives its own, with dots in their names. */
export function fieldsOf({ properties = {}, required = [] }: Schema, prefix = ''): Field[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    if (typeof schema === 'boolean') return []
    const field = { name: prefix + name, isRequired: required.includes(name), schema }
    return schema.properties ? [field, ...fieldsOf(schema, `${prefix}${name}.`)] : [field]
  })
}

/** Gives a field as the cells name, type, meaning; `?` marks one that may be left out. */
export function toCells({ name, isRequired, schema }: Field): string[] {
  const standard = schema.default === undefined ? '' : `; ${code(JSON.stringify(schema.default))}`
  return [code(isRequired || schema.default !== undefined ? name : `${name}?`), toType(schema) + standard, schema.description ?? '']
}

/** Gives a type in a few words: `integer, 1 to 100`, `"a"|"b"`, a link for what has a name. */
export function toType(schema: Schema): string {
  const { $ref, anyOf, const: constant, enum: choices, type, items } = schema
  if ($ref) return linkTo($ref.split('/').at(-1) ?? '')
  if (anyOf) return anyOf.map(choice => toType(withoutBounds(choice))).join(' or ')
  if (constant !== undefined) return code(JSON.stringify(constant))
  if (choices) return choices.map(choice => code(JSON.stringify(choice))).join(' ')
  if (type === 'array') return `list of ${typeof items === 'object' && !Array.isArray(items) ? toInnerType(items) : 'anything'}`
  if (type === 'object') return toObjectType(schema)
  return [typeof type === 'object' ? type.join(' or ') : type ?? 'anything', boundsOf(schema)].filter(Boolean).join(', ')
}

function toObjectType({ properties, additionalProperties: values }: Schema): string {
  if (!properties && typeof values === 'object') return `map of ${toInnerType(values)}`
  return 'object'
}

/** What is in a list or a map: choices in brackets, so that nobody takes them for those of the whole. */
function toInnerType(schema: Schema): string {
  const type = toType(withoutBounds(schema))
  return schema.anyOf ? `(${type})` : type
}

function withoutBounds({ minimum: _least, maximum: _most, exclusiveMinimum: _above, maxLength: _length, ...schema }: Schema): Schema {
  return schema
}

function boundsOf({ format, minimum, maximum, exclusiveMinimum, maxLength }: Schema): string {
  if (format) return { 'date-time': 'RFC 3339', 'uri': 'URL' }[format] ?? format
  const least = minimum ?? (typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : undefined)
  if (least !== undefined && maximum !== undefined) return `${least} to ${maximum}`
  if (least !== undefined) return `at least ${least}`
  if (maximum !== undefined) return `at most ${maximum}`
  return maxLength === undefined ? '' : `at most ${maxLength} characters`
}
