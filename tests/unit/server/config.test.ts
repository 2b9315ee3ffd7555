import { homedir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { ConfigError, isLoopback, readConfig } from '../../../server/config'

const read = (env: Record<string, string>) => readConfig(env, '/work')

describe('readConfig', () => {
  it('has the defaults of the contract', () => {
    expect(read({})).toEqual({
      host: '127.0.0.1', port: 12700, dataDir: `${homedir()}/.vantage/data`, startDir: '/work',
      logLevel: 'info', stopOnShutdown: false, allowedHosts: [],
    })
  })

  it('takes what is set', () => {
    expect(read({
      NITRO_HOST: '::1', PORT: '0', VANTAGE_DATA_DIR: 'data', VANTAGE_LOG: 'debug',
      VANTAGE_STOP_ON_SHUTDOWN: 'true', VANTAGE_ALLOWED_HOSTS: 'Box.local, vantage, fd00::1, [fd00::2]',
    })).toEqual({
      host: '::1', port: 0, dataDir: '/work/data', startDir: '/work',
      logLevel: 'debug', stopOnShutdown: true, allowedHosts: ['box.local', 'vantage', '[fd00::1]', '[fd00::2]'],
    })
  })

  it('lets the variables of Nitro and Vantage go before the general ones', () => {
    expect(read({ NITRO_PORT: '1', PORT: '2', VANTAGE_LOG: 'warn', RUST_LOG: 'trace' })).toMatchObject({ port: 1, logLevel: 'warn' })
  })

  it('expands the home directory, which no shell has done for it', () => {
    expect(read({ VANTAGE_DATA_DIR: '~/v' }).dataDir).toBe(`${homedir()}/v`)
  })

  it('starts in the directory of nuxi, which runs it in another one', () => {
    expect(read({ VANTAGE_STARTED_BY: `${process.ppid},1`, PWD: '/project' }).startDir).toBe('/project')
    expect(read({ VANTAGE_STARTED_BY: '1234567,1', PWD: '/project' }).startDir).toBe('/work')
  })

  it.each([
    ['NITRO_PORT', 'abc'], ['PORT', '70000'], ['PORT', '-1'], ['PORT', '1e3'],
    ['HOST', 'http://box'], ['NITRO_HOST', 'box:80'], ['HOST', '[::1]:80'], ['HOST', 'fe80::1%eth0'],
    ['VANTAGE_LOG', 'loud'], ['RUST_LOG', 'app=debug'], ['VANTAGE_STOP_ON_SHUTDOWN', 'yes'],
    ['VANTAGE_ALLOWED_HOSTS', 'http://box'], ['VANTAGE_ALLOWED_HOSTS', 'box:80'], ['VANTAGE_ALLOWED_HOSTS', '*'],
    ['VANTAGE_AUTO_EXPORT_INTERVAL', '60'],
  ])('refuses %s=%s by name', (variable, value) => {
    expect(() => read({ [variable]: value })).toThrow(ConfigError)
    expect(() => read({ [variable]: value })).toThrow(variable)
  })

  it.each(['0.0.0.0', '::', '192.168.1.2', 'fd00::1', 'Box.local'])('takes %s to listen on', (host) => {
    expect(read({ HOST: host }).host).toBe(host.toLowerCase())
  })

  it('takes an address of IPv6 in brackets too', () => {
    expect(read({ NITRO_HOST: '[::1]' }).host).toBe('::1')
  })
})

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('is %s', host => expect(isLoopback(host)).toBe(true))

  it.each(['0.0.0.0', '::', '10.0.0.1', 'fd00::1', '127.evil.example', 'localhost.example', '127.0.0.999', '127.1'])('is not %s', (host) => {
    expect(isLoopback(host)).toBe(false)
  })
})
