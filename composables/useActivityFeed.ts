import { matchesFilter, type ActivityFilter } from './activity-entries'

/** How many entries are shown at first, and more each time somebody asks for older ones. */
const STEP = 50

/** The part of the activity that the page shows: what matches the filter, a step at a time. */
export function useActivityFeed(filter: () => ActivityFilter) {
  const store = useActivityStore()
  const ui = useUiStore()
  const most = ref(STEP)
  const isReading = ref(false)
  const matching = computed(() => store.entries.filter(entry => matchesFilter(entry, filter())))
  const shown = computed(() => matching.value.slice(0, most.value))
  const hasOlder = computed(() => matching.value.length > most.value || store.hasOlder)

  /** Reads on until `wanted` entries match, or there are no older ones. */
  async function readUntil(wanted: number): Promise<void> {
    if (isReading.value) return
    isReading.value = true
    try {
      while (matching.value.length < wanted && store.hasOlder) await store.loadOlder()
    }
    catch (thrown) {
      ui.failed('activity.older_failed', {}, thrown)
    }
    isReading.value = false
  }

  async function showOlder(): Promise<void> {
    most.value += STEP
    await readUntil(most.value)
  }

  const question = computed(() => JSON.stringify(filter()))
  watch(question, () => most.value = STEP)
  // A filter is answered from the whole activity, not only from what is loaded already.
  watch([question, () => store.status], () => {
    if (store.status === 'ready' && matching.value.length === 0) void readUntil(1) // a failure is told in a toast
  }, { immediate: true })

  return { shown, hasOlder, isReading, showOlder }
}
