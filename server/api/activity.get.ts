import { route } from '../http/route'
import { listActivity } from '../operations/list-activity'

export default route(listActivity)
