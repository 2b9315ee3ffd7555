import { exampleOf } from '#shared/error-examples'
import { ERROR_CODES } from '#shared/schemas/error'
import { type DescribedRoute, VERBS } from '../route-description'
import { mcpPath } from './mcp-path'
import { errorsOf, toOperation, toTemplate, type OperationObject } from './operation'
import { toErrorResponses, type Response } from './responses'
import { componentSchemas, type JsonSchema } from './schemas'

/** An OpenAPI 3.1 document, as far as it is made here. */
export interface OpenApiDocument {
  openapi: '3.1.1'
  info: { title: string, version: string, description: string, license: { name: string, identifier: string } }
  servers: { url: string, description: string }[]
  security: Record<string, string[]>[]
  paths: Record<string, Record<string, OperationObject>>
  components: {
    schemas: Readonly<Record<string, JsonSchema>>
    responses: Record<string, Response>
    examples: Record<string, { value: unknown }>
    securitySchemes: Record<string, Record<string, string>>
  }
}

const DESCRIPTION = 'The process manager of this machine. Unknown fields and parameters are refused by name. '
  + 'An error is { error: { code, message, hint, details? } }. '
  + 'Local clients may say where they stand, URI-encoded: X-Vantage-Project is the project of what they create, X-Vantage-Path the PATH of what they start. '
  + 'Agents speak MCP at /mcp.'

/** Makes the document of all routes; `version` is that of the host. */
export function toOpenApi(routes: readonly DescribedRoute[], version: string): OpenApiDocument {
  return {
    openapi: '3.1.1',
    info: { title: 'Vantage', version, description: DESCRIPTION, license: { name: 'MIT OR Apache-2.0', identifier: 'MIT OR Apache-2.0' } },
    servers: [{ url: '/', description: 'The host that gave this document, by default at http://127.0.0.1:12700' }],
    security: [{}, { token: [] }],
    paths: { ...toPaths(routes), ...mcpPath },
    components: {
      schemas: componentSchemas,
      responses: toErrorResponses(routes.map(errorsOf)),
      examples: Object.fromEntries(ERROR_CODES.map(code => [code, { value: { error: exampleOf(code) } }])),
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'Where the host has a token (VANTAGE_TOKEN, or the file "token" in its data directory).' } },
    },
  }
}

function toPaths(routes: readonly DescribedRoute[]): OpenApiDocument['paths'] {
  const paths = [...new Set(routes.map(({ path }) => path))].sort()
  return Object.fromEntries(paths.map((path) => {
    const tag = tagOf(path, paths)
    const verbs = VERBS.flatMap(method => routes.filter(route => route.path === path && route.method === method))
    return [toTemplate(path), Object.fromEntries(verbs.map(route => [route.method, toOperation(route, tag)]))]
  }))
}

/** What several paths begin with belongs together; the rest is about the host as a whole. */
function tagOf(path: string, paths: readonly string[]): string {
  const first = path.split('/')[2] ?? ''
  return paths.filter(other => other.split('/')[2] === first).length > 1 ? first : 'host'
}
