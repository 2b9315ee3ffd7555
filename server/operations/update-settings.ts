import { Settings, SettingsPatch } from '#shared/schemas/settings'
import { defineOperation } from './define'

export const updateSettings = defineOperation({
  name: 'update_settings',
  description: 'Changes settings of the host; those left out stay. Logs and activity that are beyond a new limit go at once.',
  effect: 'define',
  input: SettingsPatch,
  output: Settings,
  touches: () => [],
  handler: async (patch, { vantage: { settings, processes }, tell }) => {
    const { before, after } = await settings.update(patch)
    processes.applySettings()
    const fields = Settings.keyof().options.filter(field => before[field] !== after[field])
    const earlier = Object.fromEntries(fields.map(field => [field, before[field]]))
    const words = fields.map(field => `${field} from ${before[field]} to ${after[field]}`)
    tell(fields.length === 0
      ? { summary: 'Left the settings as they were' }
      : { summary: `Set ${words.join(', ')}`, undo: { method: 'PATCH', path: '/api/settings', body: earlier } })
    return after
  },
})
