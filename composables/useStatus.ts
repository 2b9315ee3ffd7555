import type { ProcessInfo } from '#shared/schemas/process-info'
import { sinceOf, statusOf } from './status'

const NAMED_AT_MOST = 2

/** The words of a process's status: its word, and what follows it (run time; exit code, when). */
export function useStatus() {
  const { t } = useI18n()
  const { duration, ago, number } = useFormat()
  const now = useNow()

  function wordOf(process: ProcessInfo): string {
    if (process.phase === 'waiting') return waitingWord(Object.keys(process.waiting_for ?? {}))
    return process.phase === 'backoff' ? backoffWord(process) : t(statusOf(process).word)
  }

  function waitingWord(ids: readonly string[]): string {
    if (ids.length === 0) return t('status.waiting')
    const names = ids.slice(0, NAMED_AT_MOST).join(t('status.join'))
    const more = ids.length - NAMED_AT_MOST
    return t('status.waiting_for', { names: more > 0 ? t('status.and_more', { names, n: number(more) }) : names })
  }

  /** Counts down in whole seconds: "in 1 s" until it is due. */
  function backoffWord({ next_restart_at: at, restart_count: restarts }: ProcessInfo): string {
    if (at === undefined) return t('status.backoff')
    const count = restarts === undefined ? '' : t('status.count', { n: number(restarts) })
    const left = Math.ceil((Date.parse(at) - now.value) / 1000)
    return left > 0 ? t('status.backoff_in', { time: duration(left * 1000), count }) : t('status.backoff_now', { count })
  }

  /** How a run ended, in words; nothing where it did not, or where nobody knows. */
  function endOf({ exit_code: code, signal }: Pick<ProcessInfo, 'exit_code' | 'signal'>): string | undefined {
    if (code !== undefined) return t('status.exit_code', { code })
    return signal === undefined ? undefined : t('status.signal', { signal })
  }

  function detailOf(process: ProcessInfo): string {
    const since = sinceOf(process)
    const age = since === undefined ? undefined : now.value - since
    if (process.state === 'Running') return age === undefined || process.phase === 'stopping' ? '' : duration(age)
    if (process.state === 'NotStarted' || process.phase === 'waiting') return ''
    const when = age === undefined ? undefined : ago(age)
    return [endOf(process), when].filter(part => part !== undefined).join(t('status.join'))
  }

  return { wordOf, detailOf, endOf }
}
