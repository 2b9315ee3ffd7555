import type { ActivityEntry } from '#shared/schemas/activity'
import { joinEntries } from '~/composables/activity-entries'
import { followEvents } from '~/composables/follow-events'
import type { HostMessage } from '~/composables/host-message'

/** What the first paint needs; older ones are read a page at a time. */
const FIRST = 100
const PAGE = 500
/** How many entries a page that stays open for days keeps, besides those that were asked for. */
const KEPT = 1000

/** Who did what, newest first: read once, then told by events. */
export const useActivityStore = defineStore('activity', () => {
  const connection = useConnectionStore()
  const entries = shallowRef<readonly ActivityEntry[]>([])
  const status = ref<'loading' | 'ready' | 'error'>('loading')
  const error = shallowRef<RequestError>()
  const hasOlder = ref(false)
  /** What was taken back on this page, by `seq`. */
  const takenBack = shallowReactive(new Set<number>())
  let room = KEPT
  let loads = 0
  let pending: ActivityEntry[] | undefined

  /** Reads the newest entries. Those that arrive meanwhile are put on top; older ones that follow on stay. */
  async function load(): Promise<void> {
    const mine = ++loads
    const late: ActivityEntry[] = []
    pending = late
    try {
      const page = await read(FIRST)
      if (mine !== loads) return
      const joined = joinEntries(page, entries.value)
      hasOlder.value = joined.length > page.length ? hasOlder.value : page.length === FIRST
      entries.value = joined
      late.forEach(add)
      status.value = 'ready'
      error.value = undefined
    }
    catch (thrown) {
      if (mine !== loads) return
      error.value = toRequestError(thrown)
      if (entries.value.length === 0) status.value = 'error'
    }
    finally {
      if (mine === loads) pending = undefined
    }
  }

  /** Reads the entries before the oldest one. Throws a `RequestError`. */
  async function loadOlder(): Promise<void> {
    const oldest = entries.value.at(-1)
    if (!oldest || !hasOlder.value) return
    const page = await read(PAGE, oldest.seq)
    if (entries.value.at(-1) !== oldest) return // read anew meanwhile
    room += page.length
    entries.value = [...entries.value, ...page]
    hasOlder.value = page.length === PAGE
  }

  function add(entry: ActivityEntry): void {
    if (entry.seq <= (entries.value[0]?.seq ?? 0)) return
    hasOlder.value ||= entries.value.length >= room
    entries.value = [entry, ...entries.value].slice(0, room)
  }

  function hear(message: HostMessage): void {
    if (message.type !== 'activity.added') return
    pending?.push(message.data)
    add(message.data)
  }

  /** Connects the store. Called once, by the shell. */
  function begin(): void {
    followEvents(connection, { read: () => void load(), hear }) // a failed read is kept in `error`
  }

  /** The newest that was done to a process, as far as it is known. */
  const lastOf = (id: string) => entries.value.find(({ process_id }) => process_id === id)

  /** Takes back what an entry tells of. Throws a `RequestError`. */
  async function undo({ seq, undo: call }: ActivityEntry): Promise<void> {
    if (!call) return
    await requestNothing(call.path, { method: call.method, body: call.body })
    takenBack.add(seq)
  }

  return { entries, status, error, hasOlder, takenBack, begin, load, loadOlder, lastOf, undo }
})

async function read(limit: number, before?: number): Promise<ActivityEntry[]> {
  return await request<ActivityEntry[]>(`/api/activity?limit=${limit}${before === undefined ? '' : `&before=${before}`}`)
}
