import type { ActivityEntry } from '#shared/schemas/activity'

export interface Toast {
  key: number
  /** What the person did, what of it failed, or what somebody else did. */
  kind: 'done' | 'failed' | 'told'
  /** Key and values of the sentence. */
  text: string
  values: Record<string, string | number>
  error?: RequestError
  /** What it tells of, where that can perhaps be taken back. */
  entry?: ActivityEntry
  /** Where there is more to see. */
  to?: string
}

const SHOWN_AT_ONCE = 4
const DONE_FOR_MS = 6000
const TOLD_FOR_MS = 10_000

/** What the page says in passing: results of the person's own actions, and what agents change meanwhile. */
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

  /** Says what somebody else did; goes away by itself. */
  function told(toast: Pick<Toast, 'text' | 'values' | 'entry' | 'to'>): number {
    const key = add({ kind: 'told', ...toast })
    setTimeout(dismiss, TOLD_FOR_MS, key)
    return key
  }

  return { toasts, done, failed, told, dismiss }
})
