import type { LookupFunction } from 'node:net'

const LOOPBACK = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }]

const lookupLoopback: LookupFunction = (_host, { all }, callback) => {
  if (all) callback(null, LOOPBACK)
  else callback(null, '127.0.0.1', 4)
}

/** How to reach `host`: `localhost` is both loopback addresses, whatever the hosts file of the machine says. */
export function reaching(host: string): { autoSelectFamily: boolean, lookup?: LookupFunction } {
  return { autoSelectFamily: true, ...(host === 'localhost' && { lookup: lookupLoopback }) }
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'ends the connection without an answer',
  ENOTFOUND: 'has no known address',
  EAI_AGAIN: 'has no known address',
  timeout: 'does not answer',
}

/** Says by the code of an error what a network peer did. Text of third parties never gets into our own. */
export function networkReason(code: string): string {
  return WORDS[code] ?? `cannot be reached (${code})`
}
