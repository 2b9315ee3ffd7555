import { type LogChoice, LogView } from '~/composables/log-view'

/** The logs that are open: each view holds its ring outside reactivity. */
export const useLogsStore = defineStore('logs', () => {
  const connection = useConnectionStore()

  /** Opens the log of a process: loads its newest lines, then follows it live. End it with `close()`. */
  function open(id: string, choice: LogChoice): LogView {
    const view = new LogView(choice, {
      read: async query => await request(`/api/processes/${encodeURIComponent(id)}/logs?${query}`),
      subscribe: (listener, since) => connection.subscribe(`logs:${id}`, listener, since),
      frame: action => void requestAnimationFrame(action),
    })
    void view.reload()
    return view
  }

  return { open }
})
