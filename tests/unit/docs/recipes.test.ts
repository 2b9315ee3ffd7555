import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CreateProcessRequest } from '#shared/schemas/definition'
import { parseInput } from '#shared/validation'
import { withDependencies } from '../../../server/core/process/dependencies'
import { completeDefinition } from '../../../server/core/rules/definition-rules'

const page = readFileSync(join(import.meta.dirname, '../../../docs/recipes.md'), 'utf8')
const sections = page.split(/^## /m).slice(1).map(text => ({ title: text.split('\n')[0] ?? '', bodies: blocksOf(text) }))
const bodies = sections.flatMap(section => section.bodies)

function blocksOf(text: string): string[] {
  return [...text.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, body = '']) => body)
}

const parse = (body: string) => parseInput(CreateProcessRequest, JSON.parse(body))

describe('docs/recipes.md', () => {
  it('shows a definition in every section', () => {
    expect(sections.length).toBeGreaterThanOrEqual(8)
    expect(sections.filter(({ bodies: shown }) => shown.length === 0)).toEqual([])
  })

  it.each(bodies.map(body => ({ id: /"id": "(.+)"/.exec(body)?.[1], body })))('has a definition of $id that the host takes', async ({ body }) => {
    const definition = await completeDefinition(parse(body), { project: undefined, startDir: '/' })
    expect(definition).toMatchObject(JSON.parse(body))
  })

  it('has each id once, and depends on nothing that it does not define', () => {
    const definitions = new Map(bodies.map(parse).map(definition => [definition.id, definition]))
    expect(definitions.size).toBe(bodies.length)
    const needed = [...definitions.values()].flatMap(({ depends_on: dependencies = {} }) => Object.keys(dependencies))
    expect(needed.filter(id => !definitions.has(id))).toEqual([])
    expect(withDependencies(['worker'], definitions).sort()).toEqual(['db', 'migrate', 'worker'])
  })
})
