import { z } from 'zod'
import { parseInput } from '#shared/validation'
import { readFields } from '../http/fields'
import { whenOpen } from '../http/host'
import { handle, sendJson } from '../http/route'

const DocumentRequest = z.strictObject({})

/** It is made when somebody asks, from what comes with the question: no other request pays for it. */
async function make() {
  const [{ describedRoutes }, { toOpenApi }, { version }] = await Promise.all([import('../http/routing-table'), import('../http/openapi/document'), whenOpen()])
  return toOpenApi(await describedRoutes(), version)
}

let made: ReturnType<typeof make> | undefined

export default handle(async (event) => {
  parseInput(DocumentRequest, await readFields(event, DocumentRequest))
  sendJson(event, await (made ??= make()))
}, {
  operation: { name: 'get_openapi', description: 'Gives this document.', effect: 'read', input: DocumentRequest },
  answer: { status: 200, schema: z.looseObject({ openapi: z.string() }) },
})
