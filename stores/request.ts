import { CLIENT_HEADER } from '#shared/caller'
import type { ErrorBody, FieldProblem } from '#shared/errors'

/** What a request failed with: the host's code, message and hint, or `UNREACHABLE` when no answer came. */
export class RequestError extends Error {
  readonly code: string
  readonly hint: string
  readonly details: readonly FieldProblem[]

  constructor(body: { code: string, message: string, hint: string, details?: FieldProblem[] }, cause?: unknown) {
    super(body.message, { cause })
    this.name = 'RequestError'
    this.code = body.code
    this.hint = body.hint
    this.details = body.details ?? []
  }
}

interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: unknown
}

/** Calls the host and gives the JSON of its answer. Throws a `RequestError`. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options)
  return await response.json()
}

/** Calls the host where no answer but "done" is wanted. Throws a `RequestError`. */
export async function requestNothing(path: string, options: RequestOptions): Promise<void> {
  await send(path, options)
}

async function send(path: string, { method = 'GET', body }: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { [CLIENT_HEADER]: 'dashboard', accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
    .catch((cause: unknown) => {
      throw new RequestError({ code: 'UNREACHABLE', message: '', hint: '' }, cause)
    })
  if (response.ok) return response
  const refusal = await refusalIn(response)
  if (refusal.code === 'UNAUTHORIZED') useSessionStore().refused()
  throw refusal
}

async function refusalIn(response: Response): Promise<RequestError> {
  const text = await response.text()
  try {
    const parsed: { error?: ErrorBody } = JSON.parse(text)
    if (parsed.error) return new RequestError(parsed.error)
  }
  catch (cause) {
    return new RequestError({ code: 'UNREADABLE', message: `HTTP ${response.status}`, hint: '' }, cause)
  }
  return new RequestError({ code: 'UNREADABLE', message: `HTTP ${response.status}`, hint: '' })
}

/** Turns whatever a request threw into a `RequestError`, so that it can be shown. */
export function toRequestError(thrown: unknown): RequestError {
  if (thrown instanceof RequestError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new RequestError({ code: 'UNREADABLE', message, hint: '' }, thrown)
}
