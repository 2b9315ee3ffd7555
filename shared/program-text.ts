import { cleanLine, clipLine } from './clean-text'

/**
 * Makes one line of a program's output fit to be shown to a model: every line that leaves by MCP or is kept in a digest
 * passes here once, whole, before it is clipped to 400 characters.
 */
export function toShownLine(text: string): string {
  return clipLine(cleanLine(text))
}
