import { McpError } from '@modelcontextprotocol/sdk/types.js'
import { toVantageError } from '#shared/errors'
import type { CallContext } from '../server/operations/define'

/** One MCP session, as its handlers see it. */
export interface McpSession {
  vantage: CallContext['vantage']
  /** What comes with a call that `signal` cancels. */
  toContext: (signal: AbortSignal) => CallContext
}

/** An error of the protocol that says what a failed tool would say: code, message and hint. */
export function protocolError(code: number, thrown: unknown, data?: unknown): McpError {
  const error = toVantageError(thrown)
  return new McpError(code, `${error.code}: ${error.message} ${error.hint}`, data)
}
