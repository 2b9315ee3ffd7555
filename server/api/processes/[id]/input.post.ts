import { sendInput } from '../../../operations/send-input'
import { route } from '../../../http/route'

export default route(sendInput, { status: 204 })
