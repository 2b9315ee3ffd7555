import { stripVTControlCharacters as plain } from 'node:util'
import type { LogLevel, StreamName } from '#shared/schemas/logs'
import { LEVEL_NAMES, toLevel } from './level-names'
import { saysError, saysWarning } from './level-words'

/** How much of a line is looked at, in characters. */
const MAX_READ = 4096
/** Within so many characters stands what a logger puts before its message. */
const HEAD = 200
/** Words are looked for within so many. */
const BODY = 2000

const NAMES = Object.keys(LEVEL_NAMES).join('|')

/** Stack frames, code frames, carets and what has passed: they have no level of their own. */
const PART = /^(?:\s*[✓✔√]|\s+at |\s*at async |\s+File "|\s*(?:>\s*)?\d+\s*[|│]|[\s|│^~-]*$|\s+(?:raise|throw)\b)/

/** The field of a structured line: JSON, logfmt, or an object as Node prints it. */
const JSON_FIELD = /"(?:level|severity|lvl|levelname|log\.level|loglevel|severityText)"\s*:\s*"(\w+)"/i
/** The numbers of pino and bunyan; a level of something else comes without their other fields. */
const JSON_NUMBER = /^(?=.*"(?:msg|time|pid|hostname)":).*?"level"\s*:\s*([1-6]0)\b/
const MONGO_FIELD = /^\{"t":\{.{0,60}?\},\s*"s":\s*"([FEWID])\d?"/
const JSON_ERROR = /"(?:error|err|exception)"\s*:\s*(?:"[^"]|\{\s*")/i
const TEXT_FIELD = /(?:^|[\s,{])(?:level|lvl|severity|loglevel)(?:=["']?|:\s*['"])(\w+)/i

/** `E1126 12:00:00.000 1 file.go:7] …`, `E, [2026-…]`: one letter at the very start. */
const LETTER = /^([FEWID])(?:[01]\d[0-3]\d \d\d:|, \[\d)/

/** `[error]`, `[core:error]`, `[error:core]`, `[request error]`, `[E]`. */
const BRACKET = new RegExp(String.raw`\[\s*(?:[\w.]+[:/ ]\s*)?(?:(${NAMES})|([FEWID]))(?:[:/][\w.-]+)?\s*\]`, 'i')

/** Without one of these no level is said at the head. */
const NAMED = new RegExp(String.raw`\b(?:${NAMES}|[FEWID])\b`, 'i')

/** What stands before a level: times, numbers, brackets, names with a colon or dots, dashes. */
const META = String.raw`(?:(?=\S*\d)\S+|\[[^\]]{0,60}\]|\([^)]{0,60}\)|[\w./@-]{1,60}:|[\w$-]+(?:\.[\w$-]+)+|[-|–—•·#*>»✖✘×⨯]+|(?:-|\d[\d:.,]+) [\w.-]{1,40}|[AP]M|UTC|GMT|npm|pnpm|yarn|PHP|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`
const LOUD = String.raw`(?:[\s:\]|)/!>,-]|$)`
const QUIET = String.raw`(?:!|\]|:(?:\s|$)|\[E\d+\]:|\s*\||\s-\s|\s\s+\S|\s+(?:TS\d|in\s|during\s|when\s|response\s|code\s|command\s))`
const NOTHING = String.raw`:?\s*(?:0|null|none|nil|false|undefined|\[\]|\{\})?\s*(?:[,;)].*)?$`
const BEFORE = String.raw`^\s*(?:${META}[\s:]+){0,8}?`

/** `2026-… ERROR`, ` FAIL `: a level in capitals, after what a logger puts before it. */
const CAPITALS = new RegExp(`${BEFORE}(${NAMES.toUpperCase()})(?=${LOUD})(?!${NOTHING.replace('?\\s*', '\\s*')})`)
/** `error: `, `a.ts(3,5): error TS2322`, `npm ERR!`, `error - `: in any case, with a mark after it. */
const MARKED = new RegExp(`${BEFORE}(${NAMES})(?=${QUIET})(?!${NOTHING})`, 'i')

/** `TypeError: …`, `java.lang.IllegalStateException: …`, `Error [ERR_X]: …`, `… (NameError)`, `** (ArithmeticError) …`. */
const EXCEPTION = /(?:^|[\s(:'"[])(?:[A-Za-z_$][\w$]{0,60}(?:\.|::)){0,8}[A-Z][\w$]{0,60}?(?:Error|Exception)(?: \[[A-Z\d_]+\])?(?::\s|:$|\)(?:\s|$))|^(?:[a-z_$][\w$]{0,60}\.){0,8}(?:[A-Z]\w{0,60})?(?:Error|Exception)\s*$|^(?:Error)(?: \[[A-Z\d_]+\])?: /
const CRASH = /^\s*(?:Traceback \(most recent call last\)|panic: |fatal error: |goroutine \d+ \[running\]|FATAL ERROR: |thread '.{0,80}' (?:\(\d+\) )?panicked at|Exception in thread |Unhandled |Uncaught |make(?:\[\d+\])?: \*\*\* )/
const CRASH_WITHIN = /Segmentation fault|\(core dumped\)|: Uncaught |unhandledRejection/
const FAILED_TEST = /^\s*(?:(?:--- )?FAIL(?:ED)?:?\s|not ok \d)/
const CROSS = /^\s*(?:[×✖✘✗✕⨯❌]|● .+ ›)\s+(?!0 )\S/u
const PYTHON_WARNING = /(?:^|[\s(])[A-Z]\w*Warning: /
const TRIANGLE = /^\s*[⚠▲]️?\s*\S/u

/**
 * Tells the level of a line of output, with or without colours; undefined when it has none. What says it outright
 * (a field, a mark at its head) beats exceptions, and these beat mere words. That it came on stderr makes no error:
 * many programs log there; there it only takes fewer words.
 */
export function levelOf(text: string, stream: StreamName): LogLevel | undefined {
  const line = (text.includes('\x1B') ? plain(text) : text).slice(0, MAX_READ)
  return isPart(line) ? undefined : markedLevel(line) ?? bodyLevel(line, stream)
}

/** Tells whether a line without colours belongs to what others tell, or reports what has passed. */
export const isPart = (line: string) => PART.test(line)

/** Gives the level that a line without colours says outright. */
export const markedLevel = (line: string) => fieldLevel(line) ?? headLevel(line.slice(0, HEAD))

/** Tells whether a line without colours names an exception or reports a crash. */
export const isException = (line: string) => (/Error|Exception/.test(line) && EXCEPTION.test(line)) || CRASH.test(line) || CRASH_WITHIN.test(line)

function fieldLevel(line: string): LogLevel | undefined {
  if (!line.startsWith('{')) return named(TEXT_FIELD.exec(line)?.[1])
  const [, name] = JSON_FIELD.exec(line) ?? JSON_NUMBER.exec(line) ?? MONGO_FIELD.exec(line) ?? TEXT_FIELD.exec(line) ?? []
  return named(name) ?? (JSON_ERROR.test(line) ? 'error' : undefined)
}

function headLevel(head: string): LogLevel | undefined {
  const [, letter] = LETTER.exec(head) ?? []
  if (!letter && !NAMED.test(head)) return undefined
  const [, word, bracketed] = BRACKET.exec(head) ?? []
  return named(letter) ?? named(word ?? bracketed?.toUpperCase()) ?? named((CAPITALS.exec(head) ?? MARKED.exec(head))?.[1])
}

function bodyLevel(text: string, stream: StreamName): LogLevel | undefined {
  const line = text.slice(0, BODY)
  if (isException(line)) return 'error'
  if (line.includes('Warning: ') && PYTHON_WARNING.test(line)) return 'warn'
  if (CROSS.test(line) || FAILED_TEST.test(line)) return 'error'
  if (TRIANGLE.test(line)) return 'warn'
  if (saysError(line, stream)) return 'error'
  return saysWarning(line) ? 'warn' : undefined
}

const named = (name: string | undefined) => name === undefined ? undefined : toLevel(name)
