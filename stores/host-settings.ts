import type { Settings, SettingsPatch } from '#shared/schemas/settings'
import { followEvents } from '~/composables/follow-events'

/** What people have set about the host; read anew when somebody changes it. */
export const useHostSettingsStore = defineStore('host-settings', () => {
  const connection = useConnectionStore()
  const value = shallowRef<Settings>()
  const error = shallowRef<RequestError>()
  let loads = 0

  async function load(): Promise<void> {
    const mine = ++loads
    try {
      const settings = await request<Settings>('/api/settings')
      if (mine !== loads) return
      value.value = settings
      error.value = undefined
    }
    catch (thrown) {
      if (mine === loads) error.value = toRequestError(thrown)
    }
  }

  /** Connects the store. Called once, by the shell. */
  function begin(): void {
    followEvents(connection, {
      read: () => void load(), // a failed read is kept in `error`
      hear: message => void (message.type === 'activity.added' && message.data.action === 'update_settings' && load()),
    })
  }

  /** Changes settings; those left out stay. Throws a `RequestError`. */
  async function update(patch: SettingsPatch): Promise<void> {
    const settings = await request<Settings>('/api/settings', { method: 'PATCH', body: patch })
    loads++ // what was being read is older
    value.value = settings
  }

  return { value, error, begin, load, update }
})
