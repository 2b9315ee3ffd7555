import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `probe` gives something true (not undefined, false or null), and gives that. Throws after `limitMs`. */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  limitMs = 15_000,
): Promise<Exclude<T, undefined | null | false>> {
  const end = performance.now() + limitMs
  for (;;) {
    const value = await probe()
    if (isThere(value)) return value
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
    await sleep(10)
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | null | false> {
  return value !== undefined && value !== null && value !== false
}
