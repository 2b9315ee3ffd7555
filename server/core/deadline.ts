/** The end of a wait: by its time, or with its caller. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
}

/**
 * Begins a wait of at most `ms` that ends with `caller` too; to be disposed of when it is over. Node forgets the timer of an
 * `AbortSignal.timeout` that only an `AbortSignal.any` looks at: once memory was tidied up, such a wait had no end.
 */
export function deadline(ms: number, caller?: AbortSignal): Deadline {
  const over = new AbortController()
  const abort = () => over.abort()
  const timer = setTimeout(abort, ms).unref()
  if (caller?.aborted) abort()
  else caller?.addEventListener('abort', abort, { once: true })
  return {
    signal: over.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      caller?.removeEventListener('abort', abort)
    },
  }
}
