import type { Dashboard } from '#shared/schemas/host'
import type { DefinitionBody } from '~/composables/definition-form'
import type { DefinitionPatch } from '~/composables/definition-patch'
import type { VantageEvent } from '#shared/schemas/events'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { followEvents } from '~/composables/follow-events'
import type { HostMessage } from '~/composables/host-message'
import { compareProcesses } from '~/composables/process-order'

export type RunAction = 'start' | 'stop' | 'restart'

type ProcessEvent = Extract<VantageEvent, { type: 'process.changed' | 'process.removed' }>

/** All processes by id: read once, then patched by events. */
export const useProcessesStore = defineStore('processes', () => {
  const connection = useConnectionStore()
  const byId = shallowReactive(new Map<string, ProcessInfo>())
  const status = ref<'loading' | 'ready' | 'error'>('loading')
  const error = shallowRef<RequestError>()
  const all = computed(() => [...byId.values()].sort(compareProcesses))
  let loads = 0

  /** Reads everything anew. Events that arrive meanwhile are put on top, so that none gets lost. */
  async function load(): Promise<void> {
    const mine = ++loads
    const late: ProcessEvent[] = []
    pending = late
    try {
      const { processes, server } = await request<Dashboard>('/api/dashboard')
      if (mine !== loads) return
      setHostClock(Date.parse(server.started_at) + server.uptime_ms)
      replaceAll(processes)
      late.forEach(apply)
      status.value = 'ready'
      error.value = undefined
    }
    catch (thrown) {
      if (mine !== loads) return
      error.value = toRequestError(thrown)
      if (byId.size === 0) status.value = 'error'
    }
    finally {
      if (mine === loads) pending = undefined
    }
  }
  let pending: ProcessEvent[] | undefined

  function replaceAll(processes: readonly ProcessInfo[]): void {
    const kept = new Set(processes.map(({ id }) => id))
    for (const id of byId.keys()) if (!kept.has(id)) byId.delete(id)
    for (const process of processes) byId.set(process.id, process)
  }

  function apply(event: ProcessEvent): void {
    if (event.type === 'process.removed') byId.delete(event.data.id)
    else byId.set(event.data.id, event.data)
  }

  function hear(message: HostMessage): void {
    if (message.type !== 'process.changed' && message.type !== 'process.removed') return
    pending?.push(message)
    apply(message)
  }

  /** Connects the page: first paint and live changes. Called once, by the shell. */
  function begin(): void {
    followEvents(connection, { read: () => void load(), hear }) // a failed read is kept in `error`
  }

  const at = (id: string, rest = '') => `/api/processes/${encodeURIComponent(id)}${rest}`

  /** Starts, stops or restarts; the new state comes as an event. */
  async function act(id: string, action: RunAction): Promise<ProcessInfo> {
    return await request<ProcessInfo>(at(id, `/${action}`), { method: 'POST' })
  }

  async function create(definition: DefinitionBody): Promise<ProcessInfo> {
    return await request<ProcessInfo>('/api/processes', { method: 'POST', body: definition })
  }

  /** Changes the given fields of a definition; the others stay as they are by now. */
  async function update(id: string, patch: DefinitionPatch): Promise<ProcessInfo> {
    return await request<ProcessInfo>(at(id), { method: 'PATCH', body: patch })
  }

  async function remove(id: string, force: boolean): Promise<void> {
    await requestNothing(at(id, force ? '?force=true' : ''), { method: 'DELETE' })
  }

  /** Writes to the stdin of a process. */
  async function sendInput(id: string, text: string): Promise<void> {
    await requestNothing(at(id, '/input'), { method: 'POST', body: { text } })
  }

  /** Starts, stops or restarts all processes of a group, in the order of their dependencies. */
  async function actOnGroup(group: string, action: RunAction): Promise<void> {
    await requestNothing(`/api/groups/${encodeURIComponent(group)}/${action}`, { method: 'POST' })
  }

  /** Asks the host for one process: its refusal names the nearest ids. */
  async function find(id: string): Promise<ProcessInfo> {
    return await request<ProcessInfo>(at(id))
  }

  return { byId, all, status, error, begin, load, act, actOnGroup, sendInput, create, update, remove, find }
})
