import { getStatus } from '../operations/get-status'
import { route } from '../http/route'

export default route(getStatus)
