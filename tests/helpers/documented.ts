import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { z } from 'zod'
import type { OpenApiDocument } from '../../server/http/openapi/document'
import type { Verb } from '../../server/http/route-description'
import type { Answer } from './host'

/** Whether what a host answers is what its OpenAPI document says. */
export interface Documented {
  /** Throws for an answer with a status, a code or a body that the document does not have for this verb and path. */
  check: (verb: Verb, path: string, answer: Answer) => void
  /** Throws for a value that is not as the schema of this name says. */
  checkNamed: (name: string, value: unknown) => void
}

/** Makes the checks of one document. */
export function documentedBy(document: OpenApiDocument): Documented {
  const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }))
  const { components } = document
  const checkValue = (what: string, schema: object, value: unknown) => {
    const isValid = ajv.compile({ ...schema, components })
    if (!isValid(value)) throw new Error(`${what} is not as documented: ${ajv.errorsText(isValid.errors)}\n${JSON.stringify(value)}`)
  }
  return {
    checkNamed: (name, value) => checkValue(name, { $ref: `#/components/schemas/${name}` }, value),
    check(verb, path, { status, body }) {
      const what = `${verb} ${path} ${status}`
      const found = document.paths[path]?.[verb]?.responses[status]
      const response = found && '$ref' in found ? components.responses[found.$ref.split('/').at(-1) ?? ''] : found
      if (!response) throw new Error(`${what} is not documented: ${JSON.stringify(body)}`)
      const media = response.content?.['application/json']
      if (!media) {
        if (body !== '' && !response.content) throw new Error(`${what} is documented without a body: ${JSON.stringify(body)}`)
        return
      }
      checkValue(what, media.schema, body)
      const code = codeOf(body)
      if (code !== undefined && !Object.hasOwn(media.examples ?? {}, code)) throw new Error(`${what} is documented without ${code}`)
    },
  }
}

const Refusal = z.object({ error: z.object({ code: z.string() }) })

/** The code of a refusal; undefined for every other answer. */
export function codeOf(body: unknown): string | undefined {
  return Refusal.safeParse(body).data?.error.code
}
