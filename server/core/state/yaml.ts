import { Lexer, LineCounter, parseDocument } from 'yaml'
import { failure } from '#shared/errors'

/** The largest file that is read. */
export const MAX_BYTES = 8 << 20
const MAX_DEPTH = 16
const MAX_ALIASES = 100

/** A parsed YAML file: its value, and a way to tell the line (from 1) at which a path stands, or what encloses it. */
export interface ParsedYaml { value: unknown, lineOf: (path: string[]) => number | undefined }

/**
 * Parses YAML 1.2 (core schema) with unique keys, bounded in size, nesting and aliases: deeply nested text would end
 * the whole process. Throws `SNAPSHOT_INVALID` with the line.
 */
export function parseYaml(text: string, file: string): ParsedYaml {
  const invalid = (reason: string, line?: number) => failure('SNAPSHOT_INVALID', { file, reason, line })
  if (Buffer.byteLength(text) > MAX_BYTES) throw invalid(`larger than ${MAX_BYTES} bytes`)
  const deep = deepLine(text)
  if (deep !== undefined) throw invalid('nested too deep', deep)
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.2', schema: 'core', uniqueKeys: true, merge: false, customTags: [], prettyErrors: false, lineCounter: lines,
  })
  const problem = document.errors[0] ?? document.warnings[0] // an unknown tag is only a warning
  if (problem) throw invalid(problem.message, lines.linePos(problem.pos[0]).line)
  return {
    value: toValue(() => document.toJS({ maxAliasCount: MAX_ALIASES }), invalid),
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const node: unknown = document.getIn(path.slice(0, length), true)
        if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) continue
        return lines.linePos(Number(node.range[0])).line
      }
      return undefined
    },
  }
}

function toValue(read: () => unknown, invalid: (reason: string) => Error): unknown {
  try {
    return read()
  }
  catch {
    throw invalid(`more than ${MAX_ALIASES} aliases`)
  }
}

/** The first line that is nested deeper than is read, found without recursion. */
function deepLine(text: string): number | undefined {
  const block = text.split('\n').findIndex((line) => {
    const lead = /^(?:[ \t]|[-?:](?=[ \t]))*/.exec(line)?.[0] ?? ''
    return lead.length > MAX_DEPTH * 8 || lead.replaceAll(/[ \t]/g, '').length > MAX_DEPTH
  })
  if (block >= 0) return block + 1
  let depth = 0
  let line = 1
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth++
    else if (token === ']' || token === '}') depth--
    if (depth > MAX_DEPTH) return line
    line += token.split('\n').length - 1
  }
  return undefined
}
