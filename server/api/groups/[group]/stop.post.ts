import { stopGroup } from '../../../operations/stop-group'
import { route } from '../../../http/route'

export default route(stopGroup)
