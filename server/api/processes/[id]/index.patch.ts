import { updateProcess } from '../../../operations/update-process'
import { route } from '../../../http/route'

export default route(updateProcess)
