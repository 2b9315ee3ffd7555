import { z } from 'zod'
import { Settings } from '#shared/schemas/settings'
import { defineOperation } from './define'

export const getSettings = defineOperation({
  name: 'get_settings',
  description: 'Gives the settings of the host: what agents may do, how much is kept of logs and activity.',
  effect: 'read',
  input: z.strictObject({}),
  output: Settings,
  handler: (_, { vantage }) => vantage.settings.value,
})
