import { route } from '../http/route'
import { updateSettings } from '../operations/update-settings'

export default route(updateSettings)
