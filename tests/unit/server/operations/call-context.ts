import type { Actor } from '#shared/caller'
import type { CallContext } from '../../../../server/operations/define'

/** What comes with a call of a test; by default of a script. */
export function contextOf(vantage: CallContext['vantage'], kind: Actor['kind'] = 'api'): CallContext {
  return { vantage, actor: { kind, name: 'test' }, caller: {}, signal: new AbortController().signal }
}
