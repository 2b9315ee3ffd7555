import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'

const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)([^>]*)>([\s\S]*?)<\/script>/g

/** Sets what every answer carries: no guessing of types, no framing, no referrer, no foreign content. */
export function setSecurityHeaders(res: ServerResponse, policy = contentSecurityPolicy([])): void {
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Referrer-Policy', 'no-referrer')
  res.setHeader('X-Frame-Options', 'DENY')
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  res.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  res.setHeader('Content-Security-Policy', policy)
}

/** The policy of a page with the hashes of its inline scripts. `data:` images are those of the style sheet. */
export function contentSecurityPolicy(scriptHashes: readonly string[]): string {
  return [
    `default-src 'self'`,
    [`script-src 'self'`, ...scriptHashes.map(hash => `'${hash}'`)].join(' '),
    `img-src 'self' data:`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ')
}

/** Gives the hashes of the inline scripts of a page that run; data blocks (`application/json`) need none. */
export function inlineScriptHashes(html: string): string[] {
  return [...html.matchAll(INLINE_SCRIPT)]
    .filter(([, attributes = '']) => !/\stype="application\/(?:ld\+)?json"/.test(attributes))
    .map(([,, code = '']) => `sha256-${createHash('sha256').update(code).digest('base64')}`)
}
