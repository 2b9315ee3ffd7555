import { isException, markedLevel } from '../level'

/**
 * What a line is to the error before it: `frame` names a place, `cause` another error, `message` ends a Python traceback,
 * `chain` announces the next one, `note` tells more, `part` is shown to nobody. Undefined: it does not belong.
 */
export type Belonging = 'frame' | 'cause' | 'message' | 'chain' | 'note' | 'part' | undefined

/** The error that lines may belong to, as far as it was read. */
export interface Beginning {
  text: string
  /** A Python traceback whose message has not come. */
  isTraceback: boolean
  /** It has a message, a chain was announced: another traceback may follow. */
  isChained: boolean
  /** It is known as an exception, or by its frames. */
  isException: boolean
  hasFrames: boolean
  /** Empty lines since its last line. */
  blanks: number
}

const FRAME = /^\s+at\s|^\s+File "|^\s+from \S+:\d+|^#\d+\s|^\s*(?:❯|-->)\s|^\t\S+\.(?:go|s):\d+|^\s*[╭┌]─*\[\s/
/** A line that is nothing but a path, with or without a place in it. */
const PLACE = /^\s{0,8}(?:file:\/\/)?(?:\/|\.{1,2}\/|[A-Z]:\\)[^\s:]+\.\w{1,6}(?::\d+)*:?$/
const GO_CALL = /^(?:[\w./*()-]{1,200}\([^)]{0,200}\)$|created by |goroutine \d+ |\[signal )/
const GO_PANIC = /^(?:panic|fatal error): /
const CODE = /^\s*(?:>\s*)?\d+\s*[|│]|^\s*[|│╰·├└─╯]|^[\s~^|─⎯-]*$/
const CAUSE = /^\s*(?:Caused by:|\[cause\]:|Suppressed:)/
const CHAIN = /^(?:During handling of the above exception|The above exception was the direct cause)/
const REST = /^(?:Node\.js v\d|[}\])]+[,;]?$|Emitted '|exit status \d|-{3,} |\s*\d+: 0x|note: run with|stack backtrace|\s*\.\.\. \d+ more)/
const DIFFERENCE = /^(?:[-+] (?:Expected|Received|.{0,200}$))/
const PREFIX = /^(?:npm (?:ERR!|error|warn|WARN)|E {3,}| {2,}\|)/
const TRACEBACK = /^\s*Traceback \(most recent call last\)/

/** Tells what the line `text`, free of colours, is to the error before it. */
export function belongingOf(text: string, error: Beginning): Belonging {
  if (error.isTraceback) return inTraceback(text)
  if (TRACEBACK.test(text)) return error.isChained ? 'chain' : undefined
  if (CHAIN.test(text)) return 'chain'
  if (CAUSE.test(text)) return 'cause'
  if (FRAME.test(text) || PLACE.test(text)) return 'frame'
  if (CODE.test(text) || REST.test(text)) return 'part'
  if (GO_PANIC.test(error.text) && GO_CALL.test(text)) return 'part'
  if (samePrefix(text, error.text)) return 'note'
  if (isItsException(text, error)) return 'cause'
  return isOwnError(text) ? undefined : looseEnd(text, error)
}

function inTraceback(text: string): Belonging {
  if (FRAME.test(text)) return 'frame'
  return /^\s/.test(text) ? 'part' : 'message'
}

/** A logger's line, and below it the exception that it speaks of. */
function isItsException(text: string, error: Beginning): boolean {
  return !error.isException && !error.hasFrames && error.blanks <= 1 && /^[A-Za-z_$]/.test(text) && isException(text)
}

function isOwnError(text: string): boolean {
  return markedLevel(text) !== undefined || (!/^\s/.test(text) && isException(text))
}

function looseEnd(text: string, error: Beginning): Belonging {
  if (DIFFERENCE.test(text) && error.isException) return 'part'
  return /^(?:\s{2,}|\t)\S/.test(text) && !/^\s*[✓✔√]/.test(text) && error.blanks === 0 ? 'note' : undefined
}

function samePrefix(text: string, first: string): boolean {
  const prefix = PREFIX.exec(first)?.[0]
  return prefix !== undefined && text.startsWith(prefix)
}

const FOREIGN = /node_modules|\bnode:|\(<anonymous>\)|\bat <anonymous>$|\bnative\b|site-packages|dist-packages|\/lib\/python|<frozen |\/usr\/(?:local\/)?(?:lib|go|share)\/|\/go\/pkg\/mod\/|\/rustc\/|\.cargo\/registry|\/gems\/|\/vendor\/|^\s*at (?:java|javax|jdk|sun|kotlin|scala|org\.(?:springframework|apache|hibernate|junit)|io\.netty|System\.|Microsoft\.)/

/** Tells whether a frame lies in code that is not the program's own. */
export const isForeign = (frame: string) => FOREIGN.test(frame)
