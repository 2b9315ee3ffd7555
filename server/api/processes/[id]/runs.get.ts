import { listRuns } from '../../../operations/list-runs'
import { route } from '../../../http/route'

export default route(listRuns)
