import type { ActivityEntry } from '#shared/schemas/activity'
import { aroundName, subjectOf } from './activity-entries'

/** Names that programs give themselves, as people know them. */
const KNOWN_NAMES: Readonly<Record<string, string>> = { 'claude-code': 'Claude Code' }

/** Of these our words leave nothing out. */
const SAID_IN_FULL = ['create_process', 'remove_process', 'send_input', 'clear_process_output']

/** The words of the activity: who, and did what. */
export function useActivityWords() {
  const { t, te } = useI18n()

  function whoOf({ actor: { kind, name } }: Pick<ActivityEntry, 'actor'>): string {
    const isNamed = kind === 'agent' || (kind === 'api' && name !== 'api')
    return isNamed ? KNOWN_NAMES[name] ?? name : t(`activity.actor_${kind}`)
  }

  /** The key of what was done, or was tried in vain; nothing for an action that the page has no words for. */
  function keyOf(entry: ActivityEntry): string | undefined {
    const action = subjectOf(entry)?.kind === 'group' ? entry.action.replace('_process', '_group') : entry.action
    const key = `${entry.result === 'ok' ? 'did' : 'tried'}.${action}`
    return te(key) ? key : undefined
  }

  /** What was done, in words; where the page has none, in those of the host. */
  function whatOf(entry: ActivityEntry): string {
    const key = keyOf(entry)
    return key === undefined ? entry.summary : t(key, { name: subjectOf(entry)?.name ?? '' })
  }

  /** What the host says beyond that: a pid, the fields that were changed. */
  function factsOf(entry: ActivityEntry): string {
    const subject = subjectOf(entry)
    if (entry.result !== 'ok' || SAID_IN_FULL.includes(entry.action)) return ''
    if (subject) return aroundName(entry.summary, subject.name)?.after ?? ''
    const given = Object.entries(entry.arguments ?? {}).map(settingOf)
    return given.length > 0 ? `: ${given.join(t('status.join'))}` : ''
  }

  function settingOf([name, value]: [string, unknown]): string {
    return name === 'agents' ? `${t('agents.label')} ${t(`agents.${String(value)}`)}` : `${name} ${String(value)}`
  }

  const sentenceOf = (entry: ActivityEntry) => t('activity.sentence', { who: whoOf(entry), what: whatOf(entry) })

  return { whoOf, keyOf, whatOf, factsOf, sentenceOf }
}
