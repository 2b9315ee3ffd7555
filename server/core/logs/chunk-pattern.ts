/** What may follow a backslash and cannot match a line feed: shorthands, and characters that stand for themselves. */
const PLAIN_ESCAPE = /^[dwS\t ^$\\.*+?()[\]{}|/"'`!#%&,:;<=>@_~-]$/

/** Shorthands that match a line feed, and the same without it. */
const WITHOUT_LINE_FEED = new Map([['s', '[^\\S\\n]'], ['W', '[^\\w\\n]'], ['D', '[^\\d\\n]']])

/** Control characters other than the tab may be line ends, or the begin of a range over them. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\0-\x1F]/

/**
 * Rewrites a valid pattern (without flag `u`, `v` or `s`) so that, with the flag `m`, it can be run over many lines at once:
 * it then finds a place in every line that the pattern matches on its own, perhaps also in others. Undefined where that is not
 * certain: with lookaround, backreferences, and whatever could cross a line end and is not easily kept from it.
 */
export function toChunkPattern(pattern: string): string | undefined {
  if (CONTROL.test(pattern)) return undefined
  let rewritten = ''
  for (let at = 0; at < pattern.length;) {
    const part = partAt(pattern, at)
    if (!part) return undefined
    rewritten += part.text
    at = part.end
  }
  return rewritten
}

interface Part { text: string, end: number }

function partAt(pattern: string, at: number): Part | undefined {
  const character = pattern.charAt(at)
  if (character === '\\') return escapeAt(pattern, at)
  if (character === '[') return classAt(pattern, at)
  if (pattern.startsWith('(?', at) && !/^\(\?(?::|<[^=!])/.test(pattern.slice(at))) return undefined
  return { text: character, end: at + 1 }
}

function escapeAt(pattern: string, at: number): Part | undefined {
  const escaped = pattern.charAt(at + 1)
  const text = WITHOUT_LINE_FEED.get(escaped) ?? `\\${escaped}`
  const isSafe = WITHOUT_LINE_FEED.has(escaped) || /^[bBt]$/.test(escaped) || PLAIN_ESCAPE.test(escaped)
  return isSafe ? { text, end: at + 2 } : undefined
}

/** A negated class leaves the line feed out; any other one must not contain it, nor a range that could. */
function classAt(pattern: string, at: number): Part | undefined {
  const isNegated = pattern.charAt(at + 1) === '^'
  const from = at + (isNegated ? 2 : 1)
  let end = from
  for (; end < pattern.length && pattern.charAt(end) !== ']'; end++) {
    if (pattern.charAt(end) !== '\\') continue
    end++
    const escaped = pattern.charAt(end)
    const isSafe = PLAIN_ESCAPE.test(escaped) || (escaped === 't' && pattern.charAt(end + 1) !== '-')
    if (!isSafe && !(isNegated && WITHOUT_LINE_FEED.has(escaped))) return undefined
  }
  const content = pattern.slice(from, end)
  // A dash at its begin would make a range with the line feed.
  return { text: isNegated ? `[^\\n${content.replace(/^-/, '\\-')}]` : `[${content}]`, end: end + 1 }
}
