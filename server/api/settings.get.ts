import { route } from '../http/route'
import { getSettings } from '../operations/get-settings'

export default route(getSettings)
