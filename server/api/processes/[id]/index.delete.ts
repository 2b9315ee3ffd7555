import { removeProcess } from '../../../operations/remove-process'
import { route } from '../../../http/route'

export default route(removeProcess, { status: 204 })
