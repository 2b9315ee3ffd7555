import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const HELP = `vantage: runs processes for coding agents and their developers

  vantage serve    the host in the foreground: dashboard, REST API and /mcp (also plain "vantage" at a terminal)
  vantage mcp      MCP server on stdio; attaches to the host of the data directory, starts one in the background
                   where none runs (also plain "vantage" when stdin is not a terminal)
  vantage mcp --embedded                no background server: this process is the host and speaks MCP on its stdio
  vantage mcp install
                   prints what .mcp.json needs so that Claude Code finds this Vantage; --write puts it there
  vantage ps                            all processes of the running host
  vantage status ID                     one process
  vantage start|stop|restart ID         does it and answers when it is done
  Exit code: 0 done, 1 refused or failed, 2 the command line cannot be understood

Options
  --port N, --web-port N   port of the host: 12700; 0 is any free one
  --host ADDR              address of the host: 127.0.0.1; beyond loopback it needs a token (VANTAGE_TOKEN)
  --allow-host NAME        a host name to answer to besides localhost; may be given several times
  --data-dir DIR           data directory: ~/.vantage/data
  --client NAME            mcp install: claude (.mcp.json), vscode (.vscode/mcp.json) or cursor (.cursor/mcp.json): claude
  --write                  mcp install: write the file of this project; what else is in it stays as it is
  --json                   ps, status, start, stop, restart: the answer as JSON
  --log-level LEVEL        error, warn, info, debug or trace: info
  --open                   serve: open the dashboard in the browser
  --web, --no-open         accepted: the dashboard is always there, and a browser only opens with --open
  --version, --help
`

const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[?[0-9a-f:.]*:[0-9a-f:.]*\]?)$/i
const LEVELS = ['error', 'warn', 'info', 'debug', 'trace']

const KNOWN = {
  'port': { type: 'string' },
  'web-port': { type: 'string' },
  'host': { type: 'string' },
  'allow-host': { type: 'string', multiple: true },
  'data-dir': { type: 'string' },
  'log-level': { type: 'string' },
  'web': { type: 'boolean' },
  'no-open': { type: 'boolean' },
  'open': { type: 'boolean' },
  'embedded': { type: 'boolean' },
  'background': { type: 'boolean' },
  'take-over': { type: 'string' },
  'json': { type: 'boolean' },
  'client': { type: 'string' },
  'write': { type: 'boolean' },
  'version': { type: 'boolean' },
  'help': { type: 'boolean', short: 'h' },
}
const CLIENTS = ['claude', 'vscode', 'cursor']
const INSTALL_ONLY = ['client', 'write']
const SERVE_ONLY = ['open', 'background', 'take-over']
const HOST_ONLY = ['port', 'web-port', 'host', 'allow-host', 'log-level', 'web', 'no-open', ...SERVE_ONLY]
/** What the bridge hands to the host that it may start. */
const PASSED_ON = ['port', 'web-port', 'host', 'allow-host', 'log-level']
/** The commands of a client and how many ids each takes. */
const CLIENT_COMMANDS = { ps: 0, status: 1, start: 1, stop: 1, restart: 1 }
const COMMANDS = ['serve', 'mcp', 'mcp install', ...Object.keys(CLIENT_COMMANDS)]

/** What later versions bring: refused by name, so that nobody believes it has been done. */
const LATER_OPTIONS = ['import', 'export']
const LATER_COMMANDS = ['create', 'rm', 'logs', 'wait', 'up', 'down', 'export', 'import', 'open', 'shutdown']

/**
 * Reads the command line.
 * Gives what is to be done: `serve`, `mcp`, `embedded`, `install` and `client` with their values, `help`, `version`, or `usage` with the
 * problem.
 * @param {string[]} args
 * @param {{ env: NodeJS.ProcessEnv, isTerminal: () => boolean }} where
 */
export function parseCommandLine(args, { env, isTerminal }) {
  const { values, positionals, tokens } = parseArgs({ args, options: KNOWN, strict: false, allowPositionals: true, tokens: true })
  if (values.help === true) return { command: 'help' }
  if (values.version === true) return { command: 'version' }
  const [first = isTerminal() ? 'serve' : 'mcp', ...others] = positionals
  const isInstall = first === 'mcp' && others[0] === 'install'
  const [command, extra] = isInstall ? ['mcp install', others.slice(1)] : [first, others]
  const problem = optionProblem(tokens, command) ?? commandProblem(command, extra) ?? valueProblem(values)
  if (problem) return { command: 'usage', problem }
  if (isClient(command)) return { command: 'client', action: command, id: extra[0] ?? '', json: values.json === true, dataDir: dataDirOf(values, env) }
  if (command === 'mcp' && values.embedded === true) return { command: 'embedded', env: hostEnvironment(values) }
  const hostOptions = PASSED_ON.flatMap(name => [values[name] ?? []].flat().flatMap(value => [`--${name}`, value]))
  if (command === 'mcp') return { command, dataDir: dataDirOf(values, env), hostOptions }
  if (isInstall) {
    const dataDir = values['data-dir'] === undefined ? [] : ['--data-dir', toDirectory(values['data-dir'])]
    return { command: 'install', client: values.client ?? 'claude', write: values.write === true, options: [...dataDir, ...hostOptions] }
  }
  const takeOver = values['take-over'] === undefined ? undefined : Number(values['take-over'])
  return { command, env: hostEnvironment(values), open: values.open === true, background: values.background === true, takeOver }
}

function commandProblem(command, extra) {
  if (LATER_COMMANDS.includes(command)) return `the command "${command}" is not in this version`
  if (!COMMANDS.includes(command)) return `there is no command "${command}"`
  const ids = CLIENT_COMMANDS[command] ?? 0
  if (extra.length > ids) return ids === 0 ? `"${command}" takes no argument "${extra[0]}"` : `"${command}" takes one ID, and "${extra[ids]}" is a second`
  if (ids > 0 && !extra[0]) return `"${command}" needs the ID of a process`
}

const isClient = command => Object.hasOwn(CLIENT_COMMANDS, command)

function optionProblem(tokens, command) {
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const known = KNOWN[token.name]
    if (LATER_OPTIONS.includes(token.name)) return `the option "${token.rawName}" is not in this version`
    if (!known) return `there is no option "${token.rawName}"`
    if (command !== 'mcp install' && INSTALL_ONLY.includes(token.name)) return `the option "${token.rawName}" is one of "mcp install"`
    if (command.startsWith('mcp') && SERVE_ONLY.includes(token.name)) return `the option "${token.rawName}" is one of "serve"`
    if (command !== 'mcp' && token.name === 'embedded') return `the option "${token.rawName}" is one of "mcp"`
    if (isClient(command) && HOST_ONLY.includes(token.name)) return `the option "${token.rawName}" is one of "serve"`
    if (!isClient(command) && token.name === 'json') return `"${command}" has no option "${token.rawName}"`
    if (known.type === 'boolean' && token.value !== undefined) return `the option "${token.rawName}" takes no value`
    if (known.type === 'string' && !token.value) return `the option "${token.rawName}" needs a value`
  }
}

function valueProblem(values) {
  for (const name of ['port', 'web-port']) {
    const port = values[name]
    if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65535)) return `--${name} must be a number from 0 to 65535, not "${port}"`
  }
  if (values.port !== undefined && values['web-port'] !== undefined && Number(values.port) !== Number(values['web-port'])) {
    return '--port and --web-port are the same; they contradict each other'
  }
  const pid = values['take-over']
  if (pid !== undefined && !/^[1-9]\d{0,9}$/.test(pid)) return `--take-over must be the pid of a host, not "${pid}"`
  const name = values['allow-host']?.find(name => !HOST_NAME.test(name))
  if (name !== undefined) return `--allow-host must be a host name, without scheme and port, not "${name}"`
  if (values.client !== undefined && !CLIENTS.includes(values.client)) return `--client must be one of ${CLIENTS.join(', ')}, not "${values.client}"`
  const level = values['log-level']
  if (level !== undefined && !LEVELS.includes(level.toLowerCase())) return `--log-level must be one of ${LEVELS.join(', ')}, not "${level}"`
}

/** The options of a host as the variables it reads: an option beats its variable. */
function hostEnvironment(values) {
  const port = values.port ?? values['web-port']
  return {
    ...(port !== undefined && { NITRO_PORT: port }),
    ...(values.host !== undefined && { NITRO_HOST: values.host }),
    ...(values['allow-host'] !== undefined && { VANTAGE_ALLOWED_HOSTS: values['allow-host'].join(',') }),
    ...(values['data-dir'] !== undefined && { VANTAGE_DATA_DIR: toDirectory(values['data-dir']) }),
    ...(values['log-level'] !== undefined && { VANTAGE_LOG: values['log-level'] }),
  }
}

/** The same directory that the host itself would take (server/config.ts). */
function dataDirOf(values, env) {
  const dir = values['data-dir'] || env.VANTAGE_DATA_DIR
  return dir ? toDirectory(dir) : join(homedir(), '.vantage', 'data')
}

function toDirectory(text) {
  return text === '~' || text.startsWith('~/') ? join(homedir(), text.slice(1)) : resolve(text)
}
