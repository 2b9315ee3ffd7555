import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '#shared/schemas/error'
import { tools } from '../../../../../mcp/tools'
import { components } from '../../../../../server/http/openapi/components'
import { toOpenApi } from '../../../../../server/http/openapi/document'
import { operations } from '../../../../../server/operations'
import { describedRoutes, routeFiles } from '../../../../helpers/described-routes'

const root = join(import.meta.dirname, '../../../../..')
const routes = await describedRoutes()
const document = toOpenApi(routes, '1.2.3')
const operationsOf = Object.values(document.paths).flatMap(item => Object.values(item))
const text = JSON.stringify(document)

/** Every string under a key, anywhere. */
function valuesOf(key: string): string[] {
  return Array.from(text.matchAll(new RegExp(`"\\${key}":"([^"]+)"`, 'g')), ([, value = '']) => value)
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    expect(await validator.validate(structuredClone({ ...document }))).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  it('has every file of server/api', async () => {
    const files = await routeFiles()
    expect(files.length).toBeGreaterThan(25)
    expect(operationsOf).toHaveLength(files.length + 3) // those of /mcp
  })

  it('names each operation once', () => {
    const ids = operationsOf.map(({ operationId }) => operationId)
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
  })

  it('refers only to what it has', () => {
    const missing = valuesOf('$ref').filter((ref) => {
      const [, , kind = '', name = ''] = ref.split('/')
      return !ref.startsWith('#/components/') || !Object.hasOwn(Object.entries(document.components).find(([key]) => key === kind)?.[1] ?? {}, name)
    })
    expect(missing).toEqual([])
  })

  it('tells where the inputs stand', () => {
    const { parameters, requestBody } = document.paths['/api/processes/{id}/stop']?.post ?? {}
    expect(parameters).toMatchObject([{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }])
    expect(requestBody).toMatchObject({ required: false, content: { 'application/json': { schema: { properties: { grace_ms: { type: 'integer' } } } } } })
    expect(document.paths['/api/processes']?.get?.parameters).toContainEqual(expect.objectContaining({ name: 'state', in: 'query', required: false }))
    expect(document.paths['/api/logs']?.get?.parameters).toContainEqual(expect.objectContaining({ name: 'ids', required: true, explode: false }))
    expect(document.paths['/api/processes']?.post?.requestBody?.content['application/json'].schema).toEqual({ $ref: '#/components/schemas/CreateProcessRequest' })
  })

  it('tells by which codes a route refuses', () => {
    const { responses } = document.paths['/api/processes/{id}/start']?.post ?? {}
    expect(responses?.[409]).toEqual({ $ref: '#/components/responses/ALREADY_RUNNING.DEPENDENCY_CYCLE.DEPENDENCY_FAILED' })
    expect(document.components.responses['ALREADY_RUNNING.DEPENDENCY_CYCLE.DEPENDENCY_FAILED']?.content?.['application/json']).toMatchObject({
      schema: { $ref: '#/components/schemas/ErrorAnswer' }, examples: { ALREADY_RUNNING: { $ref: '#/components/examples/ALREADY_RUNNING' } },
    })
    expect(Object.keys(document.paths['/api/health']?.get?.responses ?? {})).toEqual(['200', '400', '403', '500', '503'])
  })

  it('has the codes of the whole catalogue, with an example each', () => {
    expect(Object.keys(document.components.examples)).toEqual(ERROR_CODES)
  })

  it('shows examples that its schemas allow', () => {
    const named = [...Object.entries(components.input), ...Object.entries(components.output)]
    const all = named.filter(([, { example }]) => example !== undefined)
    expect(all.length).toBeGreaterThan(10)
    for (const [name, { schema, example }] of all) expect(schema.safeParse(example).error, name).toBeUndefined()
  })
})

describe('what Vantage can do', () => {
  it('is a route or a tool, each operation of it', async () => {
    const folder = join(root, 'mcp')
    const mcp = (await Promise.all((await readdir(folder)).map(file => readFile(join(folder, file), 'utf8')))).join('\n')
    const reached = new Set([...routes.map(({ description }) => description.operation.name), ...tools.map(({ listing }) => listing.name)])
    const lost = operations.filter(({ name }) => !reached.has(name) && !mcp.includes(`operations/${name.replaceAll('_', '-')}'`))
    expect(lost.map(({ name }) => name)).toEqual([])
  })

  it('is listed: each operation of a route', () => {
    const known = new Set(operations.map(({ name }) => name))
    const performed = routes.map(({ description }) => description.operation).filter(operation => 'handler' in operation)
    expect(performed.length).toBeGreaterThan(15)
    expect(performed.filter(({ name }) => !known.has(name)).map(({ name }) => name)).toEqual([])
  })

  it('is told in fewer than 300 characters, each operation', () => {
    const all = [...operations, ...routes.map(({ description }) => description.operation)]
    expect(all.filter(({ description }) => description.length >= 300 || description === '').map(({ name }) => name)).toEqual([])
  })
})
