import { getProcessStatus } from '../../../operations/get-process-status'
import { route } from '../../../http/route'

export default route(getProcessStatus)
