import type { RunAction } from '~/stores/processes'

/** Acts on all processes of a group and says how it went. While the connection is lost nothing is done. */
export function useGroupActions() {
  const processes = useProcessesStore()
  const connection = useConnectionStore()
  const ui = useUiStore()
  const isOffline = computed(() => connection.asOf !== undefined)

  async function act(group: string, action: RunAction): Promise<void> {
    if (isOffline.value) return
    try {
      await processes.actOnGroup(group, action)
      ui.done(`toast.group_${action}`, { group })
    }
    catch (thrown) {
      ui.failed(`toast.group_${action}_failed`, { group }, thrown)
    }
  }

  return { act, isOffline }
}
