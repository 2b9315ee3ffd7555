import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { toVantageError, type VantageError } from '#shared/errors'
import type { ProcessInfo } from '#shared/schemas/process-info'

const MAX_ERROR_TEXT = 1000

/** What a model needs of a process: complete, but of the environment the names only. */
export function toCompact({ env, ...rest }: ProcessInfo): Record<string, unknown> {
  const names = Object.keys(env)
  return { ...rest, ...(names.length > 0 && { env: names }) }
}

/** The same without what is so unless it is said, and when the definition was written: what a look at a process needs. */
export function toBrief(process: ProcessInfo): Record<string, unknown> {
  const { args, auto_start_on_restore: isAuto, created_at: _created, updated_at: _updated, ...rest } = toCompact(process)
  return { ...rest, ...(process.args.length > 0 && { args }), ...(process.auto_start_on_restore && { auto_start_on_restore: isAuto }) }
}

/** An answer with the same JSON as text and as structured content: some clients show only one of the two. */
export function toJsonAnswer(content: Record<string, unknown>): CallToolResult {
  const text = JSON.stringify(content)
  return { content: [{ type: 'text', text }], structuredContent: JSON.parse(text) }
}

/** An answer of text only. */
export function toTextAnswer(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] }
}

/** A failed operation as a tool result: `CODE: message`, the hint on the next line, then `more` (CONTRACT §6). */
export function toErrorAnswer(thrown: unknown, more?: (error: VantageError) => string | undefined): CallToolResult {
  const error = toVantageError(thrown)
  const extra = more?.(error)
  const tail = `\n${error.hint}${extra ? `\n${extra}` : ''}`
  const room = Math.max(200, MAX_ERROR_TEXT - tail.length)
  const head = `${error.code}: ${error.message}`
  const text = `${head.length > room ? `${head.slice(0, room - 1)}…` : head}${tail}`
  return { content: [{ type: 'text', text }], isError: true }
}
