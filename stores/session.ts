import type { SessionAuth } from '#shared/schemas/session'

/** Whether this browser may see the host: whether a token is wanted, and whether it has been shown. */
export const useSessionStore = defineStore('session', () => {
  const auth = ref<SessionAuth['auth']>('none')
  const phase = ref<'checking' | 'in' | 'out'>('checking')
  /** It was signed in, until the host said otherwise. */
  const hasEnded = ref(false)
  /** Why the last attempt to sign in failed. */
  const error = shallowRef<RequestError>()

  /** Finds out whether a token is wanted, and shows the one of the address, if there is one. Called once, by the page. */
  async function begin(token?: string): Promise<void> {
    try {
      auth.value = (await request<SessionAuth>('/api/session')).auth
    }
    catch {
      // Without an answer nothing is wanted either: the page says that the connection is lost.
    }
    if (auth.value === 'none') phase.value = 'in'
    else if (token === undefined) await check()
    else await signIn(token)
  }

  /** Asks the host whether it knows this browser. */
  async function check(): Promise<void> {
    try {
      await request('/api/status')
      phase.value = 'in'
    }
    catch {
      // A refusal has come to `refused` by now; that there is no answer is said by the connection.
      if (phase.value === 'checking') phase.value = 'in'
    }
  }

  /** Trades the token for the cookie. */
  async function signIn(token: string): Promise<void> {
    error.value = undefined
    try {
      await requestNothing('/api/session', { method: 'POST', body: { token } })
      auth.value = 'token'
      hasEnded.value = false
      phase.value = 'in'
    }
    catch (thrown) {
      error.value = toRequestError(thrown)
      if (phase.value === 'checking') phase.value = 'out'
    }
  }

  /** Ends the session here and at the host; the page begins anew, with nothing of what it has shown. Throws a `RequestError`. */
  async function signOut(): Promise<void> {
    await requestNothing('/api/session', { method: 'DELETE' })
    location.reload()
  }

  /** The host wants the token: every refused request says so. */
  function refused(): void {
    if (phase.value === 'in') hasEnded.value = true
    auth.value = 'token'
    phase.value = 'out'
  }

  return { auth, phase, hasEnded, error, begin, check, signIn, signOut, refused }
})
