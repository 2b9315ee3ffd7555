import { ToolSchema, type CallToolResult, type Tool, type ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import type { z } from 'zod'
import type { VantageError } from '#shared/errors'
import { parseInput } from '#shared/validation'
import type { AnyOperation, Operation, CallContext } from '../server/operations/define'
import { perform } from '../server/operations/perform'
import { toErrorAnswer } from './answers'
import { toToolSchema } from './tool-schema'

/** An operation as a tool: what `tools/list` shows, and the call. */
export interface VantageTool {
  listing: Tool
  call: (raw: unknown, context: CallContext) => Promise<CallToolResult>
}

/** How a tool is shown. */
export interface Showing {
  title: string
  annotations: Required<Omit<ToolAnnotations, 'title'>>
  /** Only where agents are told something else than REST callers. */
  description?: string
  /** Arguments are shown without what another tool tells of them. */
  isBrief?: boolean
}

interface Presentation<I, O> extends Showing {
  present: (output: O, input: I, context: CallContext) => CallToolResult | Promise<CallToolResult>
}

/** Makes a tool of an operation whose input is the tool's own. */
export function toTool<I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  tool: Presentation<z.output<I>, z.output<O>>,
): VantageTool {
  return toVantageTool(operation, { ...tool, input: operation.input }, async (raw, context) => {
    const input = parseInput(operation.input, raw)
    return tool.present(await perform(operation, input, context), input, context)
  })
}

/** Makes a tool whose arguments differ from the operation's: `input` is what the agent sends, `toInput` translates. */
export function toToolWith<T extends z.ZodType, I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  tool: Presentation<z.output<T>, z.output<O>> & { input: T, toInput: (input: z.output<T>) => unknown },
): VantageTool {
  return toVantageTool(operation, tool, async (raw, context) => {
    const sent = parseInput(tool.input, raw)
    const input = parseInput(operation.input, tool.toInput(sent))
    return tool.present(await perform(operation, input, context), sent, context)
  })
}

/** Makes a tool of what is shown of it and what it does. */
export function toVantageTool(
  { name, description: ownDescription }: Pick<AnyOperation, 'name' | 'description'>,
  { title, annotations, input, isBrief, description = ownDescription }: Showing & { input: z.ZodType },
  run: VantageTool['call'],
): VantageTool {
  const inputSchema = toToolSchema(input, { isBrief })
  const names = Object.keys(inputSchema.properties ?? {})
  return {
    listing: ToolSchema.parse({ name, title, description, inputSchema, annotations }),
    call: (raw, context) => run(raw ?? {}, context).catch(error => toErrorAnswer(error, failed => argumentsOf(name, names, failed))),
  }
}

function argumentsOf(tool: string, names: string[], error: VantageError): string | undefined {
  if (error.code !== 'VALIDATION_FAILED') return undefined
  return names.length > 0 ? `Arguments of ${tool}: ${names.join(', ')}.` : `${tool} takes no arguments.`
}
