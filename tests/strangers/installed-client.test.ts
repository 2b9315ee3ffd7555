import { afterEach, describe, expect, it, vi } from 'vitest'
import { installClient } from './installed-client'

afterEach(() => vi.unstubAllEnvs())

describe('installClient', () => {
  it('says in the name of what is skipped that npm cannot be reached', async () => {
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:1/')
    vi.stubEnv('npm_config_fetch_retries', '0')
    const { missing } = await installClient('vantage-is-not-there@1.0.0')
    expect(missing).toBe('skipped, because npm cannot reach its registry for vantage-is-not-there@1.0.0: ECONNREFUSED')
  })

  it('skips nothing that fails for another reason', async () => {
    await expect(installClient('not a name')).rejects.toThrow(/npm/)
  })
})
