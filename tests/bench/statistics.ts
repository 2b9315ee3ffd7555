/** The value below which the share `part` (0 to 1) of `values` lies: the nearest rank. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]) => quantile(values, 0.5)

/** Runs `job` `times` times, one after the other, and gives the time of each in ms. */
export async function timed(times: number, job: (index: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = []
  for (let index = 0; index < times; index++) {
    const started = performance.now()
    await job(index)
    taken.push(performance.now() - started)
  }
  return taken
}
