import { REDIRECTS, tokenize } from './shell-tokens.mjs'

/**
 * One simple command of a script. `job` is what one `&` sends away together: `cd app && npm run dev &`.
 *
 * @typedef {import('./shell-tokens.mjs').Word} Word
 * @typedef {{ assignments: Word[], words: Word[], inner: Command[], isBackground: boolean, job: Command[] }} Command
 */

const OPENERS = new Set(['if', 'while', 'until', 'for', 'select', 'case', '{'])
/** Openers behind which a command begins at once. */
const BARE = new Set(['if', 'while', 'until', '{'])
const CONNECTORS = new Set(['then', 'do', 'else', 'elif', '!', 'time'])
const CLOSERS = new Set(['fi', 'done', 'esac', '}'])
const MOST_DEPTH = 8

/**
 * Gives the commands that a script runs, in their order, those in substitutions included.
 * @param {string} text
 * @returns {Command[]}
 */
export function commandsOf(text, depth = 0) {
  const reader = new Reader(depth)
  for (const token of tokenize(text)) {
    if (token.kind === 'word') reader.word(token)
    else reader.operator(token.text)
  }
  return reader.end()
}

/** Commands of a list between two `;`, and what stands before it in the same bracket. */
const newLevel = isParenthesis => ({ isParenthesis, done: [], job: [] })

class Reader {
  #levels = [newLevel(true)]
  #command = this.#newCommand()
  #isTarget = false
  #depth

  constructor(depth) {
    this.#depth = depth
  }

  word(word) {
    const inner = this.#depth < MOST_DEPTH ? word.scripts.flatMap(script => commandsOf(script, this.#depth + 1)) : []
    this.#command.inner.push(...inner)
    if (this.#isTarget) this.#isTarget = false
    else if (this.#command.words.length > 0) this.#command.words.push(word)
    else if (word.isPlain && CLOSERS.has(word.text)) this.#close(false)
    else if (word.isPlain && CONNECTORS.has(word.text)) return
    else if (/^\w+\+?=/.test(word.raw)) this.#command.assignments.push(word)
    else this.#begin(word)
  }

  #begin(word) {
    if (word.isPlain && OPENERS.has(word.text)) this.#levels.push(newLevel(false))
    // The words of `for x in …` and `case x in` are a command that does nothing.
    if (!BARE.has(word.text)) this.#command.words.push(word)
  }

  operator(text) {
    if (REDIRECTS.has(text)) {
      this.#isTarget = true
      return
    }
    if (text === '(' && this.#command.words.length === 0) this.#levels.push(newLevel(true))
    else if (text === ')') this.#close(true)
    else if (text === '&') this.#endJob(true)
    else if (text === ';' || text === '\n' || text.startsWith(';')) this.#endJob(false)
    else this.#endCommand()
  }

  end() {
    while (this.#levels.length > 1) this.#close(this.#level.isParenthesis)
    this.#endJob(false)
    return this.#level.done.flatMap(command => [...command.inner, command])
  }

  get #level() {
    return this.#levels[this.#levels.length - 1] ?? newLevel(true)
  }

  #newCommand() {
    return { assignments: [], words: [], inner: [], isBackground: false, job: [] }
  }

  #endCommand() {
    this.#isTarget = false
    const command = this.#command
    this.#command = this.#newCommand()
    if (command.words.length + command.inner.length > 0) this.#level.job.push(command)
  }

  #endJob(isBackground) {
    this.#endCommand()
    const { job, done } = this.#level
    if (isBackground) for (const command of job) Object.assign(command, { isBackground, job })
    done.push(...job)
    this.#level.job = []
  }

  /** What was in brackets is one part of the list around it: an `&` behind them is for all of it. */
  #close(isParenthesis) {
    this.#endJob(false)
    // The `)` of a pattern of `case` closes nothing.
    if (this.#levels.length === 1 || this.#level.isParenthesis !== isParenthesis) return
    const { done } = this.#level
    this.#levels.pop()
    this.#level.job.push(...done)
  }
}
