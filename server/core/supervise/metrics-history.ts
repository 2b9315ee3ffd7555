import type { MetricsPoint } from '#shared/schemas/metrics'

/** Points of the last 10 minutes, one a second. */
const POINTS = 600
const KEPT_MS = 600_000
/** Looks that come closer than this leave no point: else a busy reader would push the older ones out. */
const SPACING_MS = 900

export interface HistoryRange { from?: Date, to?: Date }

/** What one tree took in the last 10 minutes: at most 600 points, in 12 KB. */
export class MetricsHistory {
  readonly #at = new Float64Array(POINTS)
  readonly #cpuPercent = new Float32Array(POINTS)
  readonly #memoryBytes = new Float64Array(POINTS)
  #count = 0
  #newest = Number.NEGATIVE_INFINITY

  /** Takes a point unless the newest one is less than a second old. `at` is in ms since 1970. */
  add(at: number, { cpuPercent, memoryBytes }: { cpuPercent: number, memoryBytes: number }): void {
    // A clock that was set back must not end the record: a point "from the future" does not keep others out.
    if (at >= this.#newest && at - this.#newest < SPACING_MS) return
    const place = this.#count++ % POINTS
    this.#at[place] = this.#newest = at
    this.#cpuPercent[place] = cpuPercent
    this.#memoryBytes[place] = memoryBytes
  }

  /** Gives the points between `from` and `to`, both included, oldest first; none is older than 10 minutes at `now`. */
  points(now: number, { from, to }: HistoryRange = {}): MetricsPoint[] {
    const least = Math.max(now - KEPT_MS, from?.getTime() ?? 0)
    const most = to?.getTime() ?? Number.POSITIVE_INFINITY
    const points: MetricsPoint[] = []
    for (let index = Math.max(0, this.#count - POINTS); index < this.#count; index++) {
      const at = this.#at[index % POINTS] ?? 0
      if (at >= least && at <= most) points.push(this.#pointAt(index % POINTS, at))
    }
    return points
  }

  #pointAt(place: number, at: number): MetricsPoint {
    return {
      at: new Date(at).toISOString(),
      cpu_percent: roundPercent(this.#cpuPercent[place] ?? 0),
      memory_bytes: this.#memoryBytes[place] ?? 0,
    }
  }
}

/** Rounds to a tenth of a percent. */
export const roundPercent = (percent: number) => Math.round(percent * 10) / 10
