import type { RunInfo } from '#shared/schemas/runs'

/** How a run ended, as a sentence; nothing where it did not end, or nobody knows how. */
export function useRunWords() {
  const { t } = useI18n()
  const { time } = useFormat()
  const { endOf } = useStatus()

  function endedText(run: RunInfo | undefined): string | undefined {
    if (run?.ended_at === undefined) return undefined
    const how = endOf(run) ?? run.reason
    return how === undefined ? undefined : t('log.run_ended', { run: run.run, how, time: time(run.ended_at) })
  }

  return { endedText }
}
