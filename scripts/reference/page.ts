import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import type { OpenApiDocument } from '../../server/http/openapi/document'
import { toErrors } from './errors.ts'
import { toEvents } from './events.ts'
import { linkTo, paragraphs } from './markdown.ts'
import { toRest } from './rest.ts'
import { toSchemas } from './schemas.ts'
import { toTools } from './tools.ts'

/** What the page is made of. */
export interface ReferenceSources { document: OpenApiDocument, tools: readonly Tool[], help: string }

/** Makes docs/reference.md. */
export function toReference({ document, tools, help }: ReferenceSources): string {
  return `${paragraphs(
    '# Reference',
    '<!-- Made by "npm run reference" from the operations, schemas and errors of the code. Not edited by hand: a test compares it. -->',
    'Everything Vantage can be asked, made from its code. How it is used, with examples: [MCP](mcp.md), [REST](rest.md), [logs and live streams](live.md), [recipes](recipes.md).',
    ['Tools', 'REST', 'Schemas', 'Events', 'Errors', 'Commands'].map(heading => linkTo(heading)).join(' · '),
    toTools(tools),
    toRest(document),
    toSchemas(document),
    toEvents(document),
    toErrors(),
    `## Commands\n\n\`\`\`\n${help.trimEnd()}\n\`\`\``,
  )}\n`
}
