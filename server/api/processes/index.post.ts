import { createProcess } from '../../operations/create-process'
import { route } from '../../http/route'

export default route(createProcess, { status: 201 })
