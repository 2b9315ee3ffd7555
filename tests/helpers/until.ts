import { vi } from 'vitest'

/** Waits until `probe` is true; a busy machine is given time, so what never comes takes this long to fail. */
export async function until(probe: () => unknown): Promise<void> {
  await vi.waitUntil(async () => Boolean(await probe()), { timeout: 15_000, interval: 10 })
}
