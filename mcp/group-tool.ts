import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { z } from 'zod'
import { failure } from '#shared/errors'
import { parseInput } from '#shared/validation'
import type { Operation, CallContext } from '../server/operations/define'
import { perform } from '../server/operations/perform'
import { type Showing, toVantageTool, type VantageTool } from './define-tool'

interface Target { id?: string | undefined, group?: string | undefined }

/** An operation with the words in which its answer is given. */
export interface Presented<I extends z.ZodType, O extends z.ZodType> {
  operation: Operation<I, O>
  present: (output: z.output<O>, context: CallContext) => CallToolResult | Promise<CallToolResult>
}

interface GroupTool<T extends z.ZodType<Target>> extends Showing {
  input: T
  /** The fields that both operations take besides `id` and `group`. */
  toInput: (input: Omit<z.output<T>, keyof Target>) => Record<string, unknown>
}

/** Makes one tool of two operations that do the same to a process and to a group: it takes `id` or `group`. */
export function toGroupTool<
  T extends z.ZodType<Target>, I extends z.ZodType, O extends z.ZodType, GI extends z.ZodType, GO extends z.ZodType,
>(one: Presented<I, O>, all: Presented<GI, GO>, tool: GroupTool<T>): VantageTool {
  return toVantageTool(one.operation, tool, async (raw, context) => {
    const { id, group, ...rest } = parseInput(tool.input, raw)
    if ((id === undefined) === (group === undefined)) throw exactlyOne()
    const fields = tool.toInput(rest)
    if (id !== undefined) {
      return one.present(await perform(one.operation, parseInput(one.operation.input, { ...fields, id }), context), context)
    }
    return all.present(await perform(all.operation, parseInput(all.operation.input, { ...fields, group }), context), context)
  })
}

function exactlyOne() {
  const reason = 'give exactly one of id and group'
  return failure('VALIDATION_FAILED', { problems: [{ field: 'id', reason }, { field: 'group', reason }] })
}
