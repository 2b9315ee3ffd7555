import type { CallToolResult, Tool, ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { VantageError } from '#shared/errors'
import { parseInput } from '#shared/validation'
import type { Operation, OperationContext } from '../server/operations/define'
import { toErrorAnswer } from './answers'

/** An operation as a tool: what `tools/list` shows, and the call. */
export interface VantageTool {
  listing: Tool
  call: (raw: unknown, context: OperationContext) => Promise<CallToolResult>
}

interface Presentation<I, O> {
  title: string
  annotations: Required<Omit<ToolAnnotations, 'title'>>
  /** Only where agents are told something else than REST callers. */
  description?: string
  present: (output: O, input: I, context: OperationContext) => CallToolResult
}

/** Makes a tool of an operation whose input is the tool's own. */
export function toTool<I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  presentation: Presentation<z.output<I>, z.output<O>>,
): VantageTool {
  return toToolWith(operation, { ...presentation, input: operation.input, toInput: input => input })
}

/** Makes a tool whose arguments differ from the operation's: `input` is what the agent sends, `toInput` translates. */
export function toToolWith<T extends z.ZodType, I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  tool: Presentation<z.output<T>, z.output<O>> & { input: T, toInput: (input: z.output<T>) => unknown },
): VantageTool {
  const { title, annotations, input, description = operation.description } = tool
  const { $schema: _dialect, ...inputSchema } = z.toJSONSchema(input, { io: 'input' })
  const names = Object.keys(inputSchema.properties ?? {})
  return {
    listing: { name: operation.name, title, description, inputSchema: { ...inputSchema, type: 'object' }, annotations },
    call: async (raw, context) => {
      try {
        const sent = parseInput(input, raw ?? {})
        const parsed = input === operation.input ? sent : parseInput(operation.input, tool.toInput(sent))
        return tool.present(await operation.handler(parsed, context), sent, context)
      }
      catch (error) {
        return toErrorAnswer(error, failed => argumentsOf(operation.name, names, failed))
      }
    },
  }
}

function argumentsOf(tool: string, names: string[], error: VantageError): string | undefined {
  if (error.code !== 'VALIDATION_FAILED') return undefined
  return names.length > 0 ? `Arguments of ${tool}: ${names.join(', ')}.` : `${tool} takes no arguments.`
}
