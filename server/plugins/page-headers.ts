import { defineNitroPlugin } from 'nitropack/runtime'
import { contentSecurityPolicy, inlineScriptHashes } from '../http/security-headers'

/** Gives the page its policy: only the inline scripts of the shell may run, as they are in the first answer of this build. */
export default defineNitroPlugin((nitroApp) => {
  if (import.meta.dev) return
  let policy: string | undefined
  nitroApp.hooks.hook('render:response', (response) => {
    if (typeof response.body !== 'string' || response.statusCode === 404) return
    policy ??= contentSecurityPolicy(inlineScriptHashes(response.body))
    response.headers = { 'content-type': 'text/html;charset=utf-8', 'cache-control': 'no-cache', 'content-security-policy': policy }
  })
})
