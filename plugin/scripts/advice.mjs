import { basename } from 'node:path'
import { nameOf } from './unwrap.mjs'

const RUNNERS = new Set(['npm', 'pnpm', 'yarn', 'bun', 'make', 'just', 'task', 'rake', 'gradle', 'gradlew', 'deno', 'cargo', 'go', 'npx', 'bunx'])
const VERBS = new Set(['run', 'run-script', 'exec', 'task'])
const INTERPRETERS = new Set(['node', 'python', 'python3', 'ruby', 'php', 'tsx', 'ts-node', 'bash', 'sh', 'java'])
/** Needed by a shell only: Vantage runs a program in a session of its own anyway. */
const NEEDLESS = new Set(['nohup', 'setsid', 'daemonize', 'disown', 'command', 'exec', 'builtin', 'time'])

/** Says to the agent what was not run and which call of Vantage does it instead. */
export function adviceFor({ kind, command }) {
  const shown = command.words.map(({ raw }) => raw).join(' ').slice(0, 120)
  return kind === 'kill'
    ? `Not run: "${shown}" ends processes by what it finds, whoever owns them. With Vantage: list_processes shows what runs, with ids, pids `
    + 'and ports; stop_process or restart_process with an id ends exactly that one and all it has started. When something else holds a port, '
    + 'ensure_process names it. Ending it by its own pid ("kill PID") is still possible.'
    : `Not run: "${shown}" would leave a process behind that nobody sees or ends. With Vantage: ${toCall(command)} starts it, or finds `
      + 'it running, and answers with its url, port and pid; get_process_output shows what it writes, wait_for_process waits for it, stop_process ends it.'
}

/** The call with the arguments that the command line has, as far as they are written out. */
function toCall(command) {
  const target = withoutNeedless(command.words)
  if (target.length === 0) return 'ensure_process'
  const cwd = command.job.find(({ words: [first] }) => first?.text === 'cd')?.words[1]
  const isLiteral = target.every(word => !word.isExpanded)
  const [program, ...args] = target.map(({ text }) => text)
  const definition = {
    id: idOf(target.map(({ text }) => text)),
    ...(isLiteral ? { command: program, ...(args.length > 0 && { args }) } : { command: 'sh', args: ['-c', `exec ${target.map(({ raw }) => raw).join(' ')}`] }),
    ...environmentOf(command.assignments),
    ...(cwd && !cwd.isExpanded && { cwd: cwd.text }),
    wait: 'ready',
  }
  return `ensure_process ${JSON.stringify(definition)}`
}

function withoutNeedless(words) {
  if (!NEEDLESS.has(nameOf(words))) return words
  const next = words.findIndex(({ text }, at) => at > 0 && !text.startsWith('-'))
  return next < 0 ? [] : withoutNeedless(words.slice(next))
}

function environmentOf(assignments) {
  const literal = assignments.filter(word => !word.isExpanded).map(({ text }) => text.split(/=(.*)/s, 2))
  return literal.length > 0 ? { env: Object.fromEntries(literal) } : {}
}

/** What a developer would call it: the script of a runner, the file of an interpreter, else the program. */
function idOf([program = '', ...args]) {
  const words = args.filter(arg => /^[\w./:@-]+$/.test(arg) && !arg.startsWith('-'))
  const name = basename(program)
  const chosen = RUNNERS.has(name) ? words.find(word => !VERBS.has(word)) : INTERPRETERS.has(name) ? words[0] : name
  return basename(chosen ?? name).replace(/\.\w+$/, '').replace(/[^\w.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '').slice(0, 64) || 'app'
}
