import { restartProcess } from '../../../operations/restart-process'
import { route } from '../../../http/route'

export default route(restartProcess)
