import { isIP, isIPv4, isIPv6 } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { LOG_LEVELS, type LogLevel } from './core/logger'

type Environment = Readonly<Record<string, string | undefined>>

/** What the host was told by its environment; options of the command line arrive as variables. */
export interface HostConfig {
  /** An address or a name to listen on. */
  host: string
  /** 0 is any free one. */
  port: number
  dataDir: string
  /** Where the host was started: the working directory of processes that name none. */
  startDir: string
  logLevel: LogLevel
  stopOnShutdown: boolean
  /** Host names to answer to besides the local ones, as a Host header has them: in lower case, IPv6 in brackets, without a port. */
  allowedHosts: string[]
}

/** A variable says something that cannot be meant. */
export class ConfigError extends Error {
  constructor(variable: string, reason: string) {
    super(`${variable} ${reason}`)
    this.name = 'ConfigError'
  }
}

const LATER = ['VANTAGE_AUTO_EXPORT_INTERVAL']
const NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/
const DEFAULT_PORT = 12700

/** Tells whether only this machine can reach an address. A name is not looked up: it may lead anywhere. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/** Reads the variables of CONTRACT §1. Throws `ConfigError`, which names the variable; nothing gets a silent default. */
export function readConfig(env: Environment, cwd: string): HostConfig {
  for (const variable of LATER) {
    if (env[variable]) throw new ConfigError(variable, 'is set, but this version does not support it: it comes with a later one.')
  }
  const startDir = startedBy(env).length > 0 && env.PWD ? env.PWD : cwd
  return {
    host: readHost(env),
    port: readPort(env),
    dataDir: readDataDir(env, startDir),
    startDir,
    logLevel: readLogLevel(env),
    stopOnShutdown: readSwitch(env, 'VANTAGE_STOP_ON_SHUTDOWN'),
    allowedHosts: readAllowedHosts(env),
  }
}

/**
 * The pids of `nuxi start` and of the npm that runs it, when this process is their child; else none. nuxt.config.ts sets the
 * variable in the process of nuxi, which starts the host in another directory and passes no signal on.
 */
export function startedBy({ VANTAGE_STARTED_BY: text = '' }: Environment, parent = process.ppid): number[] {
  const pids = text.split(',').map(Number)
  return pids[0] === parent ? pids : []
}

function readHost(env: Environment): string {
  const [variable, host] = firstSet(env, ['NITRO_HOST', 'HOST'])
  if (host === undefined) return '127.0.0.1'
  const address = withoutBrackets(host.toLowerCase())
  if (address.includes('%')) throw new ConfigError(variable, `is "${host}": no URL can have an address with a zone. Use :: or another address.`)
  if (isIP(address) > 0 || NAME.test(address)) return address
  throw new ConfigError(variable, `is "${host}": it must be an address or a name to listen on, without scheme and port.`)
}

function readPort(env: Environment): number {
  const [variable, text] = firstSet(env, ['NITRO_PORT', 'PORT'])
  if (text === undefined) return DEFAULT_PORT
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity
  if (port <= 65_535) return port
  throw new ConfigError(variable, `is "${text}": it must be a port, 0 to 65535.`)
}

function readDataDir({ VANTAGE_DATA_DIR: dir }: Environment, startDir: string): string {
  if (!dir) return join(homedir(), '.vantage', 'data')
  return dir === '~' || dir.startsWith('~/') ? join(homedir(), dir.slice(1)) : resolve(startDir, dir)
}

function readLogLevel(env: Environment): LogLevel {
  const [variable, text] = firstSet(env, ['VANTAGE_LOG', 'RUST_LOG'])
  if (text === undefined) return 'info'
  const level = LOG_LEVELS.find(name => name === text.toLowerCase())
  if (level) return level
  throw new ConfigError(variable, `is "${text}": it must be one of ${LOG_LEVELS.join(', ')}.`)
}

function readSwitch(env: Environment, variable: string): boolean {
  const text = env[variable]
  if (!text || text === 'false') return false
  if (text === 'true') return true
  throw new ConfigError(variable, `is "${text}": it must be true or false.`)
}

function readAllowedHosts({ VANTAGE_ALLOWED_HOSTS: text }: Environment): string[] {
  const names = (text ?? '').split(',').map(name => name.trim().toLowerCase()).filter(name => name !== '')
  const wrong = names.find(name => !NAME.test(name) && !isIPv6(withoutBrackets(name)))
  if (wrong === undefined) return names.map(toHostName)
  throw new ConfigError('VANTAGE_ALLOWED_HOSTS', `has "${wrong}": it must be host names, without scheme and port, separated by commas.`)
}

/** An address as a Host header has it. */
export function toHostName(address: string): string {
  return isIPv6(address) ? `[${address}]` : address
}

function withoutBrackets(address: string): string {
  return address.replace(/^\[(.*)\]$/, '$1')
}

/** The first of the variables that is set; an empty one is not. */
function firstSet(env: Environment, variables: readonly string[]): [variable: string, value: string | undefined] {
  const variable = variables.find(name => env[name]) ?? ''
  return [variable, env[variable]]
}
