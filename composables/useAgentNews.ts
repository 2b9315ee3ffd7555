import type { ActivityEntry } from '#shared/schemas/activity'

/** Entries that follow each other within this time belong together; the third makes them one message. */
const BURST_MS = 2000
const MERGED_FROM = 3

const TOLD = ['stop_process', 'stop_group', 'remove_process', 'update_process', 'replace_process', 'clear_process_output']

/** Tells whether a person wants to know at once: an agent stopped, removed or changed something. */
export function isNews({ actor, action, result, undo }: ActivityEntry): boolean {
  if (actor.kind !== 'agent' || result !== 'ok') return false
  return TOLD.includes(action) || (action === 'ensure_process' && undo?.method === 'PUT')
}

/** Says in passing what agents stop, remove or change; the activity page says it itself. */
export function useAgentNews() {
  const connection = useConnectionStore()
  const ui = useUiStore()
  const route = useRoute()
  const { whoOf, whatOf } = useActivityWords()
  let burst: ActivityEntry[] = []
  let keys: number[] = []
  let lastAt = -Infinity

  function tell(entry: ActivityEntry): void {
    const isSame = Date.now() - lastAt < BURST_MS
    lastAt = Date.now()
    burst = isSame ? [...burst, entry] : [entry]
    if (!isSame) keys = []
    if (burst.length >= MERGED_FROM) keys.splice(0).forEach(ui.dismiss)
    keys.push(burst.length < MERGED_FROM ? tellOne(entry) : tellAll())
  }

  const tellOne = (entry: ActivityEntry) => ui.told({ text: 'activity.sentence', values: { who: whoOf(entry), what: whatOf(entry) }, entry })

  function tellAll(): number {
    const who = [...new Set(burst.map(whoOf))]
    return ui.told({ text: 'activity.many', values: { who: who.join(', '), n: burst.length }, to: '/activity?actor=agent' })
  }

  const end = connection.subscribe('events', (message) => {
    if (message.type === 'activity.added' && route.path !== '/activity' && isNews(message.data)) tell(message.data)
  })
  onScopeDispose(end)
}
