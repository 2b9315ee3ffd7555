/** `\$`, `${NAME}` with or without a default, `$NAME`. */
const REFERENCE = /\\\$|\$\{([A-Za-z_]\w*)(?:(:?-)([^{}]*))?\}|\$([A-Za-z_]\w*)/g

/**
 * Puts values in the place of `$NAME` and `${NAME}`, once: what a value says is not expanded again. `${NAME:-text}` gives
 * the text where the variable is unset or empty, `${NAME-text}` where it is unset, and `\$` is a dollar sign. What is unset
 * is empty. Undefined when the result would have more than `maxCharacters`: ten lines can ask for all memory there is.
 */
export function expandVariables(text: string, valueOf: (name: string) => string | undefined, maxCharacters: number): string | undefined {
  const parts: string[] = []
  let length = 0
  let at = 0
  for (const match of text.matchAll(REFERENCE)) {
    const before = text.slice(at, match.index)
    const value = referenced(match, valueOf)
    parts.push(before, value)
    length += before.length + value.length
    if (length > maxCharacters) return undefined
    at = match.index + match[0].length
  }
  const rest = text.slice(at)
  return length + rest.length > maxCharacters ? undefined : [...parts, rest].join('')
}

function referenced([whole, braced, operator, fallback = '', bare]: RegExpExecArray, valueOf: (name: string) => string | undefined): string {
  const name = braced ?? bare
  if (name === undefined) return whole.slice(1)
  const value = valueOf(name)
  return value === undefined || (value === '' && operator === ':-') ? fallback : value
}
