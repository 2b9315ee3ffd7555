import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { failure, type VantageError } from '../../shared/errors'
import { AttemptLimit } from './attempt-limit'
import { groupsOf, withoutMapping } from './ip-address'
import { type PeerUser, peerUser } from './peer-user'

export interface TokenCheckOptions {
  token: string
  /** Says in the log of the host what happened. */
  warn: (message: string, fields: Record<string, unknown>) => void
  userOf?: (req: IncomingMessage) => PeerUser
  ownUid?: number
  now?: () => number
}

const TELL_EVERY_MS = 10_000

/** Compares what callers show with the token of the host; who guesses is slowed down and told of in the log. */
export class TokenCheck {
  readonly #token: Buffer
  readonly #warn: TokenCheckOptions['warn']
  readonly #userOf: (req: IncomingMessage) => PeerUser
  readonly #ownUid: number | undefined
  readonly #now: () => number
  readonly #limit: AttemptLimit
  #told = { at: -Infinity, count: 0 }

  constructor({
    token,
    warn,
    userOf = req => peerUser(req.socket),
    ownUid = process.getuid?.(),
    now = () => performance.now(),
  }: TokenCheckOptions) {
    this.#token = digest(token)
    this.#warn = warn
    this.#userOf = userOf
    this.#ownUid = ownUid
    this.#now = now
    this.#limit = new AttemptLimit({ now })
  }

  /** Gives the error that a wrong token is refused with, or undefined; `isAlsoRight` knows what else may be shown. */
  refusal(req: IncomingMessage, given: string, isAlsoRight: (given: string) => boolean = () => false): VantageError | undefined {
    const guesser = this.#guesser(req)
    if (guesser !== undefined && this.#limit.isSpent(guesser)) return failure('UNAUTHORIZED', { given: 'too_many' })
    if (timingSafeEqual(digest(given), this.#token) || isAlsoRight(given)) return undefined
    if (guesser !== undefined) this.#limit.failed(guesser)
    this.#tell(req)
    return failure('UNAUTHORIZED', { given: 'token' })
  }

  /** By user on this machine, else by address: of IPv6 everybody has a whole /64. Our own user and root can read the token. */
  #guesser(req: IncomingMessage): string | undefined {
    const user = this.#userOf(req)
    if (typeof user === 'number') return user === 0 || user === this.#ownUid ? undefined : `uid ${user}`
    const address = withoutMapping(req.socket.remoteAddress ?? '')
    return address.includes(':') ? groupsOf(address).slice(0, 4).join(':') : address
  }

  /** At most one line in ten seconds, with the number of those since the last one. */
  #tell(req: IncomingMessage): void {
    const count = this.#told.count + 1
    const isSoon = this.#now() - this.#told.at < TELL_EVERY_MS
    this.#told = isSoon ? { ...this.#told, count } : { at: this.#now(), count: 0 }
    if (!isSoon) this.#warn('a wrong token was refused', { address: req.socket.remoteAddress, user: this.#userOf(req), count })
  }
}

/** Of one length whatever was given, so that a comparison takes the same time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
