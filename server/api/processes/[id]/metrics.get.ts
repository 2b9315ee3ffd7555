import { getMetrics } from '../../../operations/get-metrics'
import { route } from '../../../http/route'

export default route(getMetrics)
