import { restartGroup } from '../../../operations/restart-group'
import { route } from '../../../http/route'

export default route(restartGroup)
