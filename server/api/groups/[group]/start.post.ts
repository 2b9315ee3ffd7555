import { startGroup } from '../../../operations/start-group'
import { route } from '../../../http/route'

export default route(startGroup)
