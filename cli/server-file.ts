import { applyEdits, findNodeAtLocation, format, type FormattingOptions, modify, parse, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import type { ClientForm, ServerEntry } from './client-forms'
import { isObject } from './is-object'

const NAME = 'vantage'
/** Of a server that is reached over HTTP: next to a command they would be in doubt. */
const OF_HTTP = ['url', 'headers']

/** Gives a new file with our server only. */
export function newServerFile({ member }: ClientForm, entry: ServerEntry): string {
  return `${JSON.stringify({ [member]: { [NAME]: entry } }, undefined, 2)}\n`
}

/**
 * Puts our server into the text of a file. All else stays, character by character; so does what somebody has added to the entry.
 * Throws an Error with line and column where the text is not what the client could read.
 */
export function withServer(text: string, { member, takesComments }: ClientForm, entry: ServerEntry): string {
  const found = read(text, takesComments)
  if (!isObject(found) || Array.isArray(found)) throw new Error('it has no object at its top')
  const servers = found[member] ?? {}
  if (!isObject(servers) || Array.isArray(servers)) throw new Error(`its "${member}" is no object`)
  const known = servers[NAME]
  if (!isObject(known) || Array.isArray(known)) return edit(text, [member, NAME], entry)
  const { env = {}, ...rest } = entry
  const changes: [path: string[], value: unknown][] = [
    ...OF_HTTP.filter(name => name in known).map((name): [string[], unknown] => [[name], undefined]),
    ...Object.entries(rest).map(([name, value]): [string[], unknown] => [[name], value]),
    ...Object.entries(env).map(([name, value]): [string[], unknown] => [['env', name], value]),
  ]
  const needed = changes.filter(([path, value]) => !isAlready(known, path, value))
  return needed.reduce((changed, [path, value]) => edit(changed, [member, NAME, ...path], value), text)
}

function read(text: string, takesComments: boolean): unknown {
  const problems: ParseError[] = []
  const value: unknown = parse(text, problems, { disallowComments: !takesComments, allowTrailingComma: takesComments })
  const [problem] = problems
  if (!problem) return value
  const before = text.slice(0, problem.offset).split('\n')
  const words = printParseErrorCode(problem.error).replaceAll(/\B[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  throw new Error(`line ${before.length}, column ${(before.at(-1) ?? '').length + 1}: ${words}`)
}

function isAlready(known: Record<string, unknown>, path: string[], value: unknown): boolean {
  const found = path.reduce<unknown>((at, name) => isObject(at) ? at[name] : undefined, known)
  return JSON.stringify(found) === JSON.stringify(value)
}

/** Sets or removes a member. A new one gets lines of its own, so that nothing else is laid out anew. */
function edit(text: string, path: string[], value: unknown): string {
  const [change] = modify(text, path, value, {})
  if (!change) return text
  if (change.length > 0) return applyEdits(text, [change])
  const options = formattingOf(text)
  const { outer, inner } = indentations(text, change.offset, path, options)
  const comma = change.content.startsWith(',') ? ',' : ''
  const before = `${text.slice(0, change.offset)}${comma}${options.eol}`
  const added = `${inner}${change.content.slice(comma.length)}`
  const after = text.slice(change.offset).replace(/^[ \t]*(?=\})/, `${options.eol}${outer}`)
  const changed = `${before}${added}${after}`
  return applyEdits(changed, format(changed, { offset: before.length, length: added.length }, options))
}

/** Of the line on which the object around a new member begins, and of the members beside it, else one step more. */
function indentations(text: string, offset: number, path: string[], { insertSpaces, tabSize }: FormattingOptions) {
  const tree = parseTree(text)
  const parents = path.map((_, at) => tree && findNodeAtLocation(tree, path.slice(0, at)))
  const parent = parents.findLast(node => node !== undefined)?.offset ?? 0
  const outer = indentationOf(text, parent)
  const isBeside = text.slice(parent, offset).includes('\n')
  return { outer, inner: isBeside ? indentationOf(text, offset) : `${outer}${insertSpaces ? ' '.repeat(tabSize ?? 2) : '\t'}` }
}

function indentationOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))?.[0] ?? ''
}

/** As the file is written: its indentation and its ends of lines. */
function formattingOf(text: string): FormattingOptions & { eol: string } {
  const indentation = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  '
  return { insertSpaces: !indentation.startsWith('\t'), tabSize: indentation.length, eol: text.includes('\r\n') ? '\r\n' : '\n' }
}
