import type { ProcessDefinition } from '#shared/schemas/definition'
import type { Dependencies } from '#shared/schemas/supervision'
import { READY_KINDS } from './supervision-form'

export interface Fact { label: string, value: string | undefined, mono?: boolean }

/** How a process is supervised, in words; what its definition leaves open is not there. */
export function useSupervisionFacts() {
  const { t } = useI18n()
  const { bytes, number } = useFormat()
  const seconds = (milliseconds: number) => t('duration.s', { n: number(milliseconds / 1000) })

  const conditions = (all: Dependencies | undefined) => all && Object.entries(all)
    .map(([id, condition]) => t('info.condition', { id, condition: t(`condition.${condition}`) })).join(t('status.join'))

  function restartOf({ restart }: ProcessDefinition): string | undefined {
    if (!restart) return undefined
    const policy = t(`form.restart_${restart.policy}`)
    return restart.policy === 'no' ? policy : t('info.at_most', { policy, n: number(restart.max_retries) })
  }

  function readyOf({ ready }: ProcessDefinition): string | undefined {
    const kind = READY_KINDS.find(name => ready?.[name] !== undefined)
    if (!ready || !kind) return undefined
    const value = kind === 'delay_ms' ? seconds(ready.delay_ms ?? 0) : String(kind === 'command' ? ready.command?.join(' ') : ready[kind])
    return t('info.ready_value', { kind: t(`form.ready_${kind}`), value })
  }

  function factsOf(definition: ProcessDefinition): Fact[] {
    const { depends_on, stop, env_file: files, stdin, output, limits, lifetime, agents } = definition
    const all: Fact[] = [
      { label: t('form.restart'), value: restartOf(definition) },
      { label: t('form.ready'), value: readyOf(definition) },
      { label: t('form.depends_on'), value: conditions(depends_on) },
      { label: t('form.stop_signal'), value: stop && t('info.stop', { signal: stop.signal, grace: seconds(stop.grace_ms) }) },
      { label: t('form.env_file'), value: files && [files].flat().join('\n'), mono: true },
      { label: t('form.stdin'), value: stdin === 'open' ? t('info.yes') : undefined },
      { label: t('info.output'), value: output === 'pipe' ? t('info.output_pipe') : undefined },
      { label: t('info.memory_limit'), value: limits?.memory_bytes === undefined ? undefined : bytes(limits.memory_bytes) },
      { label: t('form.lifetime'), value: lifetime && t(`form.lifetime_${lifetime}`) },
      { label: t('form.agents'), value: agents && t(`form.agents_${agents}`) },
    ]
    return all.filter(({ value }) => value !== undefined)
  }

  return { factsOf, conditions }
}
