/** Comes back when a signal aborts: to be raced with what cannot be aborted itself. */
export async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
