/** The value below which the share `part` (0 to 1) of `values` lies: the nearest rank. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]) => quantile(values, 0.5)

/** Runs `job` `times` times, one after the other, and gives the time of each in ms. */
export async function timed(times: number, job: (index: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = []
  for (let index = 0; index < times; index++) taken.push(await timeOf(() => job(index)))
  return taken
}

/** How long `job` takes, in ms. */
export async function timeOf(job: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await job()
  return performance.now() - started
}

type Job = (round: number) => Promise<number>

/** On a machine too busy for all rounds these are enough, once the time is over. */
const LEAST_ROUNDS = 3
const ROUNDS_LIMIT_MS = 90_000

/**
 * Runs every job once a round, so that a machine that gets busier gets so for all of them; every second round backwards.
 * Gives the values of each job; a job that is undefined has none.
 */
export async function inTurns<K extends string>(rounds: number, jobs: Readonly<Record<K, Job | undefined>>) {
  const values = new Map<string, number[]>()
  const list = Object.entries<Job | undefined>(jobs)
  const end = performance.now() + ROUNDS_LIMIT_MS
  for (let round = 0; round < rounds; round++) {
    if (round >= LEAST_ROUNDS && performance.now() > end) break
    for (const [name, job] of round % 2 === 0 ? list : list.toReversed()) {
      if (job) values.set(name, [...values.get(name) ?? [], await job(round)])
    }
  }
  return (name: K) => values.get(name) ?? []
}
