import { clearProcessOutput } from '../../../../operations/clear-process-output'
import { route } from '../../../../http/route'

export default route(clearProcessOutput, { status: 204 })
