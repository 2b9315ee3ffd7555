import { describe, expect, it } from 'vitest'
import { findToken, tokenAdvice } from '#shared/token'

const missing = () => {
  throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })
}

describe('findToken', () => {
  it('takes the variable before the file, both without the space around', () => {
    expect(findToken({ VANTAGE_TOKEN: ' of-the-variable\n' }, '/d/token', () => 'of-the-file')).toEqual({ token: 'of-the-variable', source: 'VANTAGE_TOKEN' })
    expect(findToken({}, '/d/token', () => 'of-the-file\n')).toEqual({ token: 'of-the-file', source: '/d/token' })
  })

  it('finds none where there is neither', () => {
    expect(findToken({}, '/d/token', missing)).toBeUndefined()
  })

  it.each(['', ' \n', 'two words here', 'tökentöken', 'a-line\nanother', 'x'.repeat(1025)])('refuses %j, naming where it was and not what', (text) => {
    for (const [env, source] of [[{ VANTAGE_TOKEN: text }, 'VANTAGE_TOKEN'], [{}, '/d/token']] as const) {
      const find = () => findToken(env, '/d/token', () => text)
      expect(find).toThrow(source)
      if (text.trim() !== '') expect(find).not.toThrow(text.trim())
    }
  })

  it('does not take a file that cannot be read for a missing one', () => {
    const denied = () => {
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    }
    expect(() => findToken({}, '/d/token', denied)).toThrow('EACCES')
  })
})

describe('tokenAdvice', () => {
  it('says where the refused token came from, and never the token', () => {
    const advice = tokenAdvice({ token: 'secret-1', source: 'VANTAGE_TOKEN' }, '/d')
    expect(advice).toContain('came from VANTAGE_TOKEN')
    expect(advice).not.toContain('secret-1')
    expect(tokenAdvice(undefined, '/d')).toMatch(/^No token was sent\. .*\/d\/token/)
  })
})
