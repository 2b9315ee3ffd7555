export interface Toast {
  key: number
  kind: 'done' | 'failed'
  /** Key and values of the sentence. */
  text: string
  values: Record<string, string | number>
  error?: RequestError
}

const SHOWN_AT_ONCE = 4
const DONE_FOR_MS = 6000

/** What the page says in passing: results of the person's own actions. */
export const useUiStore = defineStore('ui', () => {
  const toasts = shallowRef<readonly Toast[]>([])
  let next = 0

  function add(toast: Omit<Toast, 'key'>): number {
    const key = ++next
    toasts.value = [...toasts.value, { ...toast, key }].slice(-SHOWN_AT_ONCE)
    return key
  }

  function dismiss(key: number): void {
    toasts.value = toasts.value.filter(toast => toast.key !== key)
  }

  /** Says that something was done; goes away by itself. */
  function done(text: string, values: Toast['values'] = {}): void {
    const key = add({ kind: 'done', text, values })
    setTimeout(dismiss, DONE_FOR_MS, key)
  }

  /** Says that something failed, with the host's words; stays until it is closed. */
  function failed(text: string, values: Toast['values'], thrown: unknown): void {
    add({ kind: 'failed', text, values, error: toRequestError(thrown) })
  }

  return { toasts, done, failed, dismiss }
})
