import { can } from '#shared/lifecycle'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { RunAction } from '~/stores/processes'

/** Acts on a process and says how it went. While the connection is lost nothing is done. */
export function useProcessActions() {
  const processes = useProcessesStore()
  const connection = useConnectionStore()
  const ui = useUiStore()
  const isOffline = computed(() => connection.asOf !== undefined)

  async function act(process: ProcessInfo, action: RunAction): Promise<boolean> {
    if (isOffline.value) return false
    return await told(action, process.id, async () => void await processes.act(process.id, action))
  }

  async function remove(process: ProcessInfo): Promise<boolean> {
    if (isOffline.value) return false
    return await told('remove', process.id, async () => await processes.remove(process.id, !can('remove', process.phase)))
  }

  async function told(what: RunAction | 'remove', id: string, call: () => Promise<void>): Promise<boolean> {
    try {
      await call()
      ui.done(`toast.${what}`, { id })
      return true
    }
    catch (thrown) {
      ui.failed(`toast.${what}_failed`, { id }, thrown)
      return false
    }
  }

  return { act, remove, isOffline }
}
