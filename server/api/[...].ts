import { failure } from '#shared/errors'
import { handle, sendNothing } from '../http/route'
import { answerHead, methodsAt } from '../http/routing-table'

/** What no other route takes: an unknown path, a wrong method, HEAD and OPTIONS. */
export default handle(async (event) => {
  const path = event.path.split('?')[0] ?? event.path
  const allowed = methodsAt(path)
  if (allowed.length === 0) throw failure('NOT_FOUND', { path })
  if (event.method === 'HEAD' && allowed.includes('GET')) return answerHead(event, path)
  event.node.res.setHeader('Allow', allowed.join(', '))
  if (event.method === 'OPTIONS') return sendNothing(event)
  throw failure('METHOD_NOT_ALLOWED', { method: event.method, path, allowed })
})
