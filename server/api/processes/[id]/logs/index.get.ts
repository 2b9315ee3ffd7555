import { z } from 'zod'
import { parseInput } from '#shared/validation'
import { getProcessOutput } from '../../../../operations/get-process-output'
import { readFields } from '../../../../http/fields'
import { handle, run, sendJson } from '../../../../http/route'

const LogsRequest = getProcessOutput.input.safeExtend({ format: z.enum(['json'], 'must be "json" or left out').optional() })

/** `string[]` of stdout as in the specification; `format=json` is the page with its cursors, of both streams. */
export default handle(async (event) => {
  const fields = await readFields(event, LogsRequest)
  const { format, ...query } = parseInput(LogsRequest, { ...(fields.format === undefined && { stream: 'stdout' }), ...fields })
  const page = await run(getProcessOutput, query, event)
  sendJson(event, format ? page : page.lines.map(line => line.text))
})
