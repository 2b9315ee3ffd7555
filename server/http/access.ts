import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { failure, type VantageError } from '../../shared/errors'
import { isPublic } from './public-path'
import { SESSION_SECONDS, type SessionBook } from './session-book'
import { sessionCookie, sessionOf } from './session-cookie'
import type { TokenCheck } from './token-check'

const TICKET_MS = 120_000
const BEARER = /^Bearer +(\S+) *$/i

/** Who may call a host that has a token: whoever shows it, and the browsers that have shown it once (CONTRACT §7). */
export class Access {
  readonly #check: TokenCheck
  readonly #sessions: SessionBook
  readonly #now: () => number
  readonly #tickets = new Map<string, number>()

  constructor({ check, sessions, now = () => performance.now() }: { check: TokenCheck, sessions: SessionBook, now?: () => number }) {
    this.#check = check
    this.#sessions = sessions
    this.#now = now
  }

  /** Gives the error that a request is refused with, or undefined when it may pass. A bearer token goes before the cookie. */
  refusal(req: IncomingMessage): VantageError | undefined {
    if (isPublic(req.url ?? '')) return undefined
    const bearer = BEARER.exec(req.headers.authorization ?? '')?.[1]
    if (bearer !== undefined) return this.#check.refusal(req, bearer)
    const session = sessionOf(req)
    if (session === undefined) return failure('UNAUTHORIZED', { given: 'nothing' })
    return this.#sessions.admits(session, req.socket) ? undefined : failure('UNAUTHORIZED', { given: 'session' })
  }

  /** Begins a session for who shows the token or a ticket; gives the cookie to set. Throws `UNAUTHORIZED`, `STORAGE_FAILED`. */
  async signIn(req: IncomingMessage, given: string): Promise<string> {
    const refused = this.#check.refusal(req, given, text => this.#takeTicket(text))
    if (refused) throw refused
    return sessionCookie(req, await this.#sessions.begin(), SESSION_SECONDS)
  }

  /** Ends the session of a request, if it has one; gives the cookie that removes its own. Throws `STORAGE_FAILED`. */
  async signOut(req: IncomingMessage): Promise<string> {
    const session = sessionOf(req)
    if (session !== undefined) await this.#sessions.end(session, req.socket)
    return sessionCookie(req, '', 0)
  }

  /** Gives what signs in once, within two minutes: for the command line of a browser, which every user can read. */
  ticket(): string {
    const ticket = randomBytes(24).toString('base64url')
    this.#tickets.set(ticket, this.#now() + TICKET_MS)
    return ticket
  }

  #takeTicket(given: string): boolean {
    const expiry = this.#tickets.get(given)
    this.#tickets.delete(given)
    return expiry !== undefined && this.#now() < expiry
  }
}
