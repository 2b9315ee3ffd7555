import { cleanLine, clipLine } from './clean-text'

/**
 * Makes one line of a program's output fit to be shown to a model. Every line that leaves by MCP or is kept in a digest
 * passes here, before it is clipped.
 */
export function toSafeLine(text: string): string {
  return cleanLine(text)
}

/** Makes a line fit to be shown and clips it to 400 characters. */
export function toShownLine(text: string): string {
  return clipLine(toSafeLine(text))
}
