import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HELP } from '../../../bin/options.mjs'
import { tools } from '../../../mcp/tools'
import { version } from '../../../package.json'
import { linkTo } from '../../../scripts/reference/markdown'
import { toReference } from '../../../scripts/reference/page'
import { toOpenApi } from '../../../server/http/openapi/document'
import { describedRoutes } from '../../helpers/described-routes'

const page = toReference({
  document: toOpenApi(await describedRoutes(), version),
  tools: tools.map(({ listing }) => listing),
  help: HELP,
})

describe('docs/reference.md', () => {
  // "npm run reference" is this test with --update.
  it('is word for word what the code says: else run "npm run reference"', async () => {
    await expect(page).toMatchFileSnapshot(join(import.meta.dirname, '../../../docs/reference.md'))
  })

  it('links only to what it has', () => {
    const headings = Array.from(page.matchAll(/^#+ (.+)$/gm), ([, heading = '']) => linkTo(heading).replace(/.*#(.*)\)/, '$1'))
    const targets = Array.from(page.matchAll(/\]\(#([^)]+)\)/g), ([, target = '']) => target)
    expect(targets.length).toBeGreaterThan(100)
    expect(targets.filter(target => !headings.includes(target))).toEqual([])
    expect(headings.filter((heading, at) => headings.indexOf(heading) !== at)).toEqual([])
  })
})
