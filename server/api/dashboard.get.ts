import { getDashboard } from '../operations/get-dashboard'
import { route } from '../http/route'

export default route(getDashboard)
