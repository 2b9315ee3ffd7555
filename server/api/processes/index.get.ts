import { listProcesses } from '../../operations/list-processes'
import { route } from '../../http/route'

export default route(listProcesses)
