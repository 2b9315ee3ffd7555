import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../../bin/options.mjs'

const parse = (args: string, { env = {}, isTerminal = true } = {}) => parseCommandLine(args.split(' ').filter(Boolean), { env, isTerminal: () => isTerminal })

describe('parseCommandLine', () => {
  it('serves at a terminal and speaks MCP where stdin is piped', () => {
    expect(parse('')).toMatchObject({ command: 'serve', background: false, open: false, env: {} })
    expect(parse('', { isTerminal: false })).toMatchObject({ command: 'mcp', hostOptions: [] })
    expect(parse('serve', { isTerminal: false }).command).toBe('serve')
  })

  it('hands options of a host over as variables', () => {
    expect(parse('serve --port 0 --host 127.0.0.1 --data-dir d --log-level debug --web --no-open')).toMatchObject({
      env: { NITRO_PORT: '0', NITRO_HOST: '127.0.0.1', VANTAGE_DATA_DIR: resolve('d'), VANTAGE_LOG: 'debug' },
    })
    expect(parse('--web-port=13000')).toMatchObject({ command: 'serve', env: { NITRO_PORT: '13000' } })
  })

  it('hands options of the bridge over to the host that it may start', () => {
    expect(parse('mcp --port 0 --log-level warn --data-dir /d')).toEqual({
      command: 'mcp', dataDir: '/d', hostOptions: ['--port', '0', '--log-level', 'warn'],
    })
  })

  it('takes several names to answer to, for itself and for the host that the bridge may start', () => {
    expect(parse('serve --allow-host Box.local --allow-host=[fd00::1]')).toMatchObject({ env: { VANTAGE_ALLOWED_HOSTS: 'Box.local,[fd00::1]' } })
    expect(parse('mcp --host 0.0.0.0 --allow-host a --allow-host b')).toMatchObject({
      hostOptions: ['--host', '0.0.0.0', '--allow-host', 'a', '--allow-host', 'b'],
    })
  })

  it('makes the agent\'s own process the host where that is asked for', () => {
    expect(parse('mcp --embedded --port 0 --data-dir /d')).toEqual({ command: 'embedded', env: { NITRO_PORT: '0', VANTAGE_DATA_DIR: '/d' } })
    expect(parse('--embedded', { isTerminal: false })).toMatchObject({ command: 'embedded' })
  })

  it('tells a host in the background which one it takes over from', () => {
    expect(parse('serve --background --take-over 4242')).toMatchObject({ command: 'serve', background: true, takeOver: 4242 })
    expect(parse('serve')).toMatchObject({ takeOver: undefined })
  })

  it('hands an installation over with what the bridge is to get', () => {
    expect(parse('mcp install', { env: { VANTAGE_DATA_DIR: '/x' } })).toEqual({ command: 'install', client: 'claude', write: false, options: [] })
    expect(parse('mcp install --client cursor --write --data-dir d --port 13000')).toEqual({
      command: 'install', client: 'cursor', write: true, options: ['--data-dir', resolve('d'), '--port', '13000'],
    })
  })

  it('takes the data directory of the variable, of the option before it, else that of the home directory', () => {
    const env = { VANTAGE_DATA_DIR: '~/x' }
    expect(parse('mcp', { env })).toMatchObject({ dataDir: resolve(homedir(), 'x') })
    expect(parse('mcp --data-dir /y', { env })).toMatchObject({ dataDir: '/y' })
    expect(parse('mcp')).toMatchObject({ dataDir: resolve(homedir(), '.vantage/data') })
  })

  it('hands a client command over with its process, whatever the order', () => {
    const request = { command: 'client', action: 'stop', id: 'web', json: true, dataDir: '/d' }
    expect(parse('stop web --json --data-dir /d')).toEqual(request)
    expect(parse('--data-dir /d --json stop web', { isTerminal: false })).toEqual(request)
    expect(parse('ps')).toEqual({ command: 'client', action: 'ps', id: '', json: false, dataDir: resolve(homedir(), '.vantage/data') })
  })

  it.each([
    ['--frobnicate', 'no option "--frobnicate"'],
    ['-x', 'no option "-x"'],
    ['frobnicate', 'no command "frobnicate"'],
    ['serve extra', 'no argument "extra"'],
    ['--port 70000', '--port must be a number from 0 to 65535, not "70000"'],
    ['--port 1e3', '--port must be'],
    ['--web-port abc', '--web-port must be'],
    ['--port', '"--port" needs a value'],
    ['--port 1 --web-port 2', 'contradict'],
    ['--log-level loud', '--log-level must be one of'],
    ['--web=yes', 'takes no value'],
    ['mcp --background', 'one of "serve"'],
    ['mcp --take-over 1', 'one of "serve"'],
    ['serve --take-over 0', '--take-over must be the pid of a host, not "0"'],
    ['serve --embedded', '"--embedded" is one of "mcp"'],
    ['ps --embedded', '"--embedded" is one of "mcp"'],
    ['rm web', '"rm" is not in this version'],
    ['start', '"start" needs the ID of a process'],
    ['stop a b', '"stop" takes one ID, and "b" is a second'],
    ['ps web', '"ps" takes no argument "web"'],
    ['ps --port 1', '"--port" is one of "serve"'],
    ['serve --json', '"serve" has no option "--json"'],
    ['constructor', 'no command "constructor"'],
    ['logs web -f', '"-f"'],
    ['mcp install x', '"mcp install" takes no argument "x"'],
    ['mcp install --client emacs', '--client must be one of claude, vscode, cursor, not "emacs"'],
    ['mcp install --open', 'one of "serve"'],
    ['mcp install --json', 'has no option "--json"'],
    ['mcp --write', '"--write" is one of "mcp install"'],
    ['ps --client vscode', '"--client" is one of "mcp install"'],
    ['mcp install --embedded', '"--embedded" is one of "mcp"'],
    ['serve --embedded', '"--embedded" is one of "mcp"'],
    ['--import file.yaml', '"--import" is not in this version'],
    ['--export file.yaml', '"--export" is not in this version'],
    ['--allow-host http://box', '--allow-host must be a host name, without scheme and port, not "http://box"'],
    ['--allow-host box --allow-host a,b', '--allow-host must be a host name'],
    ['mcp --allow-host box:80', '--allow-host must be a host name'],
    ['ps --allow-host box', '"--allow-host" is one of "serve"'],
    ['--allow-host', '"--allow-host" needs a value'],
  ])('refuses "%s" by name', (args, problem) => {
    expect(parse(args)).toEqual({ command: 'usage', problem: expect.stringContaining(problem) })
  })

  it('knows help and version wherever they stand', () => {
    expect(parse('serve --help').command).toBe('help')
    expect(parse('-h').command).toBe('help')
    expect(parse('mcp --version').command).toBe('version')
  })
})
