import type { IncomingMessage } from 'node:http'

/** Gives the id of the session that a request belongs to. */
export function sessionOf(req: IncomingMessage): string | undefined {
  const name = cookieName(req)
  const pairs = (req.headers.cookie ?? '').split(';').map(pair => pair.trim().split('='))
  return pairs.find(([key, value]) => key === name && value)?.[1]
}

/**
 * Gives the cookie that keeps a session id in the browser of a request; no seconds remove it. It is not `Secure`: whether the
 * browser came by https cannot be known, because forwarding headers prove nothing.
 */
export function sessionCookie(req: IncomingMessage, id: string, seconds: number): string {
  return `${cookieName(req)}=${id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}`
}

/** Cookies do not tell ports apart: the name does, by the port that the browser sees. */
function cookieName({ headers: { host = '' } }: IncomingMessage): string {
  return `vantage-session-${/:(\d+)$/.exec(host)?.[1] ?? 'default'}`
}
