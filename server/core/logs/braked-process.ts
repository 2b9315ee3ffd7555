import { LeakyBucket } from './leaky-bucket'

/** A process whose output is watched by the brake. What `pause` and `resume` throw is tried again. */
export interface Braked {
  id: string
  /** Bytes of both streams so far. */
  written: () => number
  /** Suspends the whole run; called again while output still grows. */
  pause: () => void
  resume: () => void
  /** Sustained output in bytes per second, from the first byte on; without it the default and the shared credit count. */
  rateBytes?: number
  /** The brake has begun to slow the process down, or has ended it. */
  onChange: (isThrottled: boolean) => void
}

/** What a process may write in the long run, in bytes per second. */
export const DEFAULT_RATE_BYTES = 4_000_000
const PAUSE_AT_MS = 250
/** Output that grows so long after a pause comes from something that got away. */
const PAUSE_AGAIN_MS = 200
/** A process counts as throttled until it has had no pause for so long. */
const CALM_MS = 2000
/** Without output for so long it needs no look until it writes again. */
const QUIET_MS = 200
/** Growth that is seen late was not written over the whole time since the last look. */
const LONGEST_STEP_MS = 500

/** One process under the brake: looked at while it writes, and while it pays for what it wrote. */
export class BrakedProcess {
  readonly #braked: Braked
  readonly #bucket: LeakyBucket
  #seen: number
  #lookedAt: number
  #grewAt: number
  #pausedAt: number | undefined
  #calmSince: number | undefined

  constructor(braked: Braked, now: number) {
    this.#braked = braked
    this.#bucket = new LeakyBucket(braked.rateBytes ?? DEFAULT_RATE_BYTES)
    this.#seen = braked.written()
    this.#lookedAt = this.#grewAt = now
  }

  /** True while there is nothing to look at before it writes again. */
  isQuiet(now: number): boolean {
    return this.#pausedAt === undefined && !this.isThrottled && now - this.#grewAt >= QUIET_MS
  }

  get usesCredit(): boolean {
    return this.#braked.rateBytes === undefined
  }

  get isThrottled(): boolean {
    return this.#calmSince !== undefined
  }

  /** A pause is due that the credit may still prevent; lumps below it even out in the bucket. */
  get #isDue(): boolean {
    return this.#pausedAt === undefined && this.#bucket.excessMs >= PAUSE_AT_MS
  }

  /** Takes a look at what was written; gives the growth in bytes. `credit` pays for an excess as far as it can. */
  look(now: number, credit: (bytes: number) => number): number {
    const growth = this.#growth()
    const step = this.#pausedAt === undefined ? Math.min(now - this.#lookedAt, LONGEST_STEP_MS) : now - this.#lookedAt
    this.#lookedAt = now
    if (growth > 0) this.#grewAt = now
    this.#bucket.pour(growth, step)
    if (this.usesCredit && this.#isDue) this.#bucket.drain(credit(this.#bucket.excess))
    this.#act(now, growth)
    return growth
  }

  /** Lets it run, for good. */
  release(): void {
    if (this.#pausedAt !== undefined) this.#braked.resume()
    this.#pausedAt = undefined
    this.#setThrottled(false, 0)
  }

  /** A file that was cut is smaller than before: what it holds now was written since. */
  #growth(): number {
    const written = this.#braked.written()
    const growth = written < this.#seen ? written : written - this.#seen
    this.#seen = written
    return growth
  }

  #act(now: number, growth: number): void {
    if (this.#pausedAt === undefined) {
      if (this.#isDue) this.#pause(now)
      else if (this.#calmSince !== undefined && now - this.#calmSince >= CALM_MS) this.#setThrottled(false, now)
      return
    }
    if (this.#bucket.excess === 0) {
      this.#braked.resume()
      this.#pausedAt = undefined
      this.#calmSince = now
    }
    else if (growth > 0 && now - this.#pausedAt >= PAUSE_AGAIN_MS) this.#pause(now)
  }

  #pause(now: number): void {
    this.#pausedAt = now
    this.#setThrottled(true, now)
    this.#braked.pause()
  }

  /** `#calmSince` is set as long as it counts as throttled. */
  #setThrottled(isThrottled: boolean, now: number): void {
    const was = this.isThrottled
    this.#calmSince = isThrottled ? now : undefined
    if (was !== isThrottled) this.#braked.onChange(isThrottled)
  }
}
