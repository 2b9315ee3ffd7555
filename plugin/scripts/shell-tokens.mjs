/**
 * Cuts a shell script into words and operators. Nothing is expanded: a word keeps its text without quotes, and what stands in
 * `$(…)`, backticks or `<(…)` is handed out as scripts of their own.
 *
 * @typedef {{ kind: 'word', text: string, raw: string, isPlain: boolean, isExpanded: boolean, scripts: string[] }} Word
 * @typedef {{ kind: 'operator', text: string }} Operator
 */

/** The longest first: `&>` and `&&` are no background. */
const OPERATORS = ['&>>', ';;&', '<<<', '<<-', '&>', '&&', '||', '|&', ';;', ';&', '<<', '>>', '>&', '<&', '>|', '<>', '&', '|', ';', '<', '>', '(', ')', '\n']
export const REDIRECTS = new Set(['&>>', '<<<', '<<-', '&>', '<<', '>>', '>&', '<&', '>|', '<>', '<', '>'])

/**
 * @param {string} text
 * @returns {(Word | Operator)[]}
 */
export function tokenize(text) {
  const tokens = []
  /** @type {string[]} */
  const heredocs = []
  let at = 0
  while (at < text.length) {
    const blank = /^(?:[ \t\r]|\\\n)+|^#.*/.exec(text.slice(at, at + 4096))
    if (blank && (blank[0][0] !== '#' || !isInWord(text, at))) {
      at += blank[0].length
      continue
    }
    const operator = /^[<>]\(/.test(text.slice(at, at + 2)) ? undefined : OPERATORS.find(one => text.startsWith(one, at))
    if (operator === undefined) {
      const { word, end } = readWord(text, at)
      // A number right before a redirection names a descriptor.
      if (!(/^\d+$/.test(word.raw) && /[<>]/.test(text[end] ?? ''))) tokens.push(word)
      if (isHeredoc(tokens.at(-2))) heredocs.push(word.text)
      at = end
      continue
    }
    at += operator.length
    tokens.push({ kind: 'operator', text: operator })
    if (operator === '\n') at = afterHeredocs(text, at, heredocs.splice(0))
  }
  return tokens
}

const isInWord = (text, at) => at > 0 && !/[\s;&|()<>]/.test(text[at - 1])
const isHeredoc = token => token?.kind === 'operator' && (token.text === '<<' || token.text === '<<-')

/** The bodies of here-documents are data. */
function afterHeredocs(text, from, delimiters) {
  let at = from
  for (const delimiter of delimiters) {
    for (let line; line !== delimiter && at < text.length;) {
      const end = text.indexOf('\n', at)
      line = text.slice(at, end < 0 ? text.length : end).replace(/^\t+/, '')
      at = end < 0 ? text.length : end + 1
    }
  }
  return at
}

/** @returns {{ word: Word, end: number }} */
function readWord(text, from) {
  const word = { kind: /** @type {const} */ ('word'), text: '', raw: '', isPlain: true, isExpanded: false, scripts: [] }
  let at = from
  while (at < text.length && !(/[\s;&|()<>]/.test(text[at]) && !/^[<>]\(/.test(text.slice(at, at + 2)))) at = readPart(text, at, word)
  word.raw = text.slice(from, at)
  word.isPlain = word.raw === word.text
  return { word, end: at }
}

/** Reads a character, a quoted piece or a substitution into a word; gives where it ends. */
function readPart(text, at, word) {
  const two = text.slice(at, at + 2)
  if (text[at] === '\\') return take(word, two === '\\\n' ? '' : text[at + 1] ?? '', at + 2)
  if (text[at] === '\'' || two === '$\'') return readSingle(text, at + two.indexOf('\'') + 1, word, two === '$\'')
  if (text[at] === '"') return readDouble(text, at + 1, word)
  if (two === '$(' || two === '<(' || two === '>(') return readScript(word, text, at + 2, closing(text, at + 2, '(', ')'))
  if (text[at] === '`') return readScript(word, text, at + 1, indexOf(text, '`', at + 1))
  if (two === '${') return expand(word, text, at, closing(text, at + 2, '{', '}') + 1)
  if (text[at] === '$') word.isExpanded = true
  return take(word, text[at], at + 1)
}

function readSingle(text, from, word, hasEscapes) {
  let end = from
  while (end < text.length && text[end] !== '\'') end += hasEscapes && text[end] === '\\' ? 2 : 1
  return take(word, text.slice(from, end), end + 1)
}

function readDouble(text, from, word) {
  let at = from
  while (at < text.length && text[at] !== '"') {
    // In double quotes only these two do something; a single quote is a character.
    at = text[at] === '$' || text[at] === '`' || text[at] === '\\' ? readPart(text, at, word) : take(word, text[at], at + 1)
  }
  return at + 1
}

function readScript(word, text, from, end) {
  // `$((…))` is arithmetic.
  if (text[from] !== '(') word.scripts.push(text.slice(from, end))
  word.isExpanded = true
  return take(word, '', end + 1)
}

function expand(word, text, at, end) {
  word.isExpanded = true
  return take(word, text.slice(at, end), end)
}

function take(word, piece, end) {
  word.text += piece
  return end
}

/** Where the bracket that is open at `from` closes; the end of the text where it does not. */
function closing(text, from, open, close) {
  let depth = 1
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '\'') at = indexOf(text, '\'', at + 1)
    else if (text[at] === '"') at = endOfDouble(text, at + 1)
    else if (text[at] === open) depth++
    else if (text[at] === close && --depth === 0) return at
  }
  return text.length
}

function endOfDouble(text, from) {
  let at = from
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function indexOf(text, piece, from) {
  const at = text.indexOf(piece, from)
  return at < 0 ? text.length : at
}
