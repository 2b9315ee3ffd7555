import type { ActivityEntry } from '#shared/schemas/activity'
import { isUndoable } from './undo-rules'

/** Whether an entry can be taken back, and the way to do it. While the connection is lost nothing is done. */
export function useUndo(entry: () => ActivityEntry) {
  const activity = useActivityStore()
  const processes = useProcessesStore()
  const connection = useConnectionStore()
  const ui = useUiStore()
  const { sentenceOf } = useActivityWords()
  const now = useNow()
  const isBusy = ref(false)
  const isOffline = computed(() => connection.asOf !== undefined)
  const isTakenBack = computed(() => activity.takenBack.has(entry().seq))
  const isOffered = computed(() => !isTakenBack.value
    && isUndoable(entry(), { entries: activity.entries, processes: processes.byId, now: now.value }))

  async function undo(): Promise<void> {
    if (isBusy.value || isOffline.value) return
    isBusy.value = true
    try {
      await activity.undo(entry())
    }
    catch (thrown) {
      ui.failed('undo.failed', { what: sentenceOf(entry()) }, thrown)
    }
    isBusy.value = false
  }

  return { isOffered, isTakenBack, isBusy, isOffline, undo }
}
