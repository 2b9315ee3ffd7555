import { stopProcess } from '../../../operations/stop-process'
import { route } from '../../../http/route'

export default route(stopProcess)
