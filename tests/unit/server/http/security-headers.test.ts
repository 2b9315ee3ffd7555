import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { contentSecurityPolicy, inlineScriptHashes } from '../../../../server/http/security-headers'

const hash = (code: string) => `sha256-${createHash('sha256').update(code).digest('base64')}`

describe('inlineScriptHashes', () => {
  it('names the scripts that run and no others', () => {
    const html = '<script src="/a.js"></script><script type="importmap">{}</script><script type="module" src="/b.js" crossorigin></script>'
      + '<script>one()</script><script type="application/json" id="d">[1]</script><script data-x="1">two\n()</script>'
    expect(inlineScriptHashes(html)).toEqual([hash('{}'), hash('one()'), hash('two\n()')])
  })
})

describe('contentSecurityPolicy', () => {
  it('allows no inline code but what is named', () => {
    expect(contentSecurityPolicy(['sha256-x'])).toContain(`script-src 'self' 'sha256-x';`)
    expect(contentSecurityPolicy([])).not.toContain('unsafe')
  })
})
