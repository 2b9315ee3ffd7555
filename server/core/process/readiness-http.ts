import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'
import { networkReason, reaching } from './readiness-network'
import { type Probe, TRY_LIMIT_MS } from './readiness-probe'

/**
 * Ready when the URL answers with the expected status, else any from 200 to 399. Redirects are not followed, the body is
 * not read. Not by `fetch`: it keeps connections and refuses some ports that servers use. Certificates are not checked,
 * as those of development are self-signed and nothing is sent.
 */
export const checkHttp: Probe = async ({ rules: { http: url = '', status: expected } }, signal) => {
  const get = url.startsWith('https:') ? getHttps : getHttp
  signal.throwIfAborted()
  return await new Promise((resolve) => {
    const request = get(url, { agent: false, rejectUnauthorized: false, ...reaching(new URL(url).hostname) })
    const timer = setTimeout(() => finish(networkReason('timeout')), TRY_LIMIT_MS).unref()
    const finish = (reason?: string) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      request.destroy()
      resolve(reason === undefined ? undefined : `${url} ${reason}`)
    }
    const onAbort = () => finish('aborted')
    signal.addEventListener('abort', onAbort)
    request.once('response', ({ statusCode = 0 }) => finish(isExpected(statusCode, expected) ? undefined : `answers ${statusCode}`))
    request.on('error', error => finish(networkReason('code' in error ? String(error.code) : error.name)))
  })
}

function isExpected(status: number, expected: number | undefined): boolean {
  return expected === undefined ? status >= 200 && status <= 399 : status === expected
}
