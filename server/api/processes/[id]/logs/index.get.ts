import { z } from 'zod'
import { LogPage, logQueryFields } from '#shared/schemas/logs'
import { parseInput } from '#shared/validation'
import { getProcessOutput } from '../../../../operations/get-process-output'
import { readFields } from '../../../../http/fields'
import { handle, run, sendJson } from '../../../../http/route'

const LogsRequest = getProcessOutput.input.safeExtend({
  stream: logQueryFields.stream.meta({ default: undefined, description: 'Else stdout; with format both.' }),
  format: z.enum(['json'], 'must be "json" or left out').optional()
    .describe('A page with cursors; else the texts alone.'),
})

/** `string[]` of stdout as in the specification; `format=json` is the page with its cursors, of both streams. */
export default handle(async (event) => {
  const fields = await readFields(event, LogsRequest)
  const { format, ...query } = parseInput(LogsRequest, { ...(fields.format === undefined && { stream: 'stdout' }), ...fields })
  const page = await run(getProcessOutput, query, event)
  sendJson(event, format ? page : page.lines.map(line => line.text))
}, {
  operation: { ...getProcessOutput, input: LogsRequest },
  answer: { status: 200, schema: z.union([z.array(z.string()), LogPage]) },
})
