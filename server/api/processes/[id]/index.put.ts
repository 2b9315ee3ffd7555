import { replaceProcess } from '../../../operations/replace-process'
import { route } from '../../../http/route'

export default route(replaceProcess)
