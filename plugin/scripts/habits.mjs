import { isDevServer } from './dev-server.mjs'
import { commandsOf } from './shell-commands.mjs'
import { nameOf, scriptOf, unwrap } from './unwrap.mjs'

/**
 * What Vantage does better: `background` leaves a process behind, `kill` ends what it has looked up by a name or a port.
 * @typedef {{ kind: 'background' | 'kill', command: import('./shell-commands.mjs').Command }} Habit
 */

/** Longer than any command that is written by hand. */
const MOST_CHARACTERS = 64 * 1024
const MOST_DEPTH = 4

const DETACHERS = new Set(['nohup', 'setsid', 'disown', 'daemonize'])
const KILLERS = new Set(['pkill', 'killall', 'kill-port', 'fkill'])
const FINDERS = new Set(['lsof', 'pgrep', 'pidof', 'fuser', 'ps', 'ss', 'netstat'])
/** In the background they end by themselves, or leave nothing that anybody looks for. */
const BRIEF = new Set(['sleep', 'echo', 'printf', 'true', ':', 'cd', 'export', 'set', 'source', '.', 'curl', 'wget', 'open', 'xdg-open', 'code', 'mkdir', 'rm', 'touch', 'cat', 'tail', 'for', 'case', 'test', '['])
const ASKS = new Set(['--help', '--version', '-h', '-V', '-l', '--list'])

/**
 * Finds what of a shell command should be a call of Vantage; undefined where nothing is.
 * @param {string} text
 * @param {{ isBackground?: boolean, depth?: number }} options whether the whole of it is to go on in the background
 * @returns {Habit | undefined}
 */
export function findHabit(text, { isBackground = false, depth = 0 } = {}) {
  if (text.length > MOST_CHARACTERS || depth > MOST_DEPTH) return undefined
  const commands = commandsOf(text)
  // Whoever waits for its jobs leaves none behind.
  const isWaiting = commands.some(({ words }) => nameOf(words) === 'wait')
  for (const command of commands) {
    const { words, by } = unwrap(command.words)
    const script = scriptOf(words)
    const inner = script === undefined ? undefined : findHabit(script, { isBackground, depth: depth + 1 })
    if (inner) return inner
    const kind = kindOf({ command, words, by, isWaiting, isBackground })
    if (kind) return { kind, command }
  }
  return undefined
}

function kindOf({ command, words, by, isWaiting, isBackground }) {
  const name = nameOf(words)
  const asks = words.length === 2 && ASKS.has(words[1].text)
  if (DETACHERS.has(name)) return asks ? undefined : 'background'
  if (KILLERS.has(name)) return asks ? undefined : 'kill'
  if (name === 'fuser' && words.some(({ text }) => /^-\w*k|^--kill$/.test(text))) return 'kill'
  if (name === 'kill') return isKillOfFound(command, words, by) ? 'kill' : undefined
  if (command.isBackground && !isWaiting && isLeftBehind(command, words)) return 'background'
  return isBackground && !by.includes('timeout') && isDevServer(words) ? 'background' : undefined
}

/** `kill -0` only asks; a pid that is written out, or that the shell has kept, is one's own. */
function isKillOfFound({ inner }, words, by) {
  if (words.some(({ text }) => text === '-0' || text === '-l')) return false
  return by.includes('xargs') || inner.some(({ words: found }) => FINDERS.has(nameOf(unwrap(found).words)))
}

/** Of a job `cd app && npm run dev &` the last command counts. */
function isLeftBehind({ job }, words) {
  const last = job.map(one => unwrap(one.words).words).filter(one => !BRIEF.has(nameOf(one))).at(-1)
  return last !== undefined && last[0] === words[0]
}
