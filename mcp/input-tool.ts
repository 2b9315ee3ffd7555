import { parseInput } from '#shared/validation'
import { sendInput } from '../server/operations/send-input'
import { perform } from '../server/operations/perform'
import { toJsonAnswer } from './answers'
import { type Showing, toVantageTool, type VantageTool } from './define-tool'

/** Makes the tool that writes to a process; it answers with the cursor from which on its reaction stands in the log. */
export function toInputTool(showing: Showing): VantageTool {
  return toVantageTool(sendInput, { ...showing, input: sendInput.input }, async (raw, context) => {
    const input = parseInput(sendInput.input, raw)
    const { id } = input
    const { next } = await context.vantage.processes.logs(id).page({ stream: 'both', lines: 1 })
    await perform(sendInput, input, context)
    return toJsonAnswer({ success: true, id, next: `get_process_output id=${id} since=${next} shows what came after it.` })
  })
}
