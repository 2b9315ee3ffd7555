import { getMergedOutput } from '../operations/get-merged-output'
import { route } from '../http/route'

export default route(getMergedOutput)
