import { getHealth } from '../operations/get-health'
import { route } from '../http/route'

export default route(getHealth)
