const PUBLIC_API = new Set(['/api/health', '/api/session'])
/** Plain names only: what could be decoded or resolved to another path is none of the page. */
const PAGE = /^\/(?:(?!\.)[\w.~-]+(?:\/(?!\.)[\w.~-]+)*\/?)?$/
const NO_PAGE = /^\/(?:api|mcp)(?:\/|$)/i

/** Tells what everybody may read: the page with its assets, and what says that a token is wanted. */
export function isPublic(url: string): boolean {
  const path = url.split('?')[0] ?? ''
  return PUBLIC_API.has(path) || (PAGE.test(path) && !NO_PAGE.test(path))
}
