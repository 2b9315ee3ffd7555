import { startProcess } from '../../../operations/start-process'
import { route } from '../../../http/route'

export default route(startProcess)
