import type { ProcessInfo } from '#shared/schemas/process-info'
import type { RunInfo } from '#shared/schemas/runs'

/** The runs of a process, read anew whenever its run begins or ends, while they are wanted. */
export function useRuns(process: () => ProcessInfo, isWanted: () => boolean) {
  const store = useRunsStore()
  const known = computed(() => store.of(process().id))
  const reload = () => store.load(process().id)

  watch([() => process().id, () => process().run, () => process().stopped_at, () => process().failed_at, isWanted], () => {
    if (isWanted()) void reload() // a failure is kept in the store
  }, { immediate: true })

  /** Of the run that is alive the process itself tells when it began, even where the list could not be read. */
  const byNumber = computed<ReadonlyMap<number, RunInfo>>(() => {
    const runs = new Map(known.value.runs.map(run => [run.run, run]))
    const { run, started_at } = process()
    if (run !== undefined && started_at !== undefined && !runs.has(run)) runs.set(run, { run, started_at })
    return runs
  })

  return { known, byNumber, reload }
}
