import type { ProcessInfo } from '#shared/schemas/process-info'
import { sinceOf, statusOf } from './status'

/** The words of a process's status: its word, and what follows it (run time; exit code, when). */
export function useStatus() {
  const { t } = useI18n()
  const { duration, ago } = useFormat()
  const now = useNow()

  const wordOf = (process: ProcessInfo) => t(statusOf(process).word)

  function endOf(process: ProcessInfo): string | undefined {
    if (process.exit_code !== undefined) return t('status.exit_code', { code: process.exit_code })
    return process.signal === undefined ? undefined : t('status.signal', { signal: process.signal })
  }

  function detailOf(process: ProcessInfo): string {
    const since = sinceOf(process)
    const age = since === undefined ? undefined : now.value - since
    if (process.state === 'Running') return age === undefined || process.phase === 'stopping' ? '' : duration(age)
    if (process.state === 'NotStarted') return ''
    const when = age === undefined ? undefined : ago(age)
    return [endOf(process), when].filter(part => part !== undefined).join(t('status.join'))
  }

  return { wordOf, detailOf }
}
