import { cleanLine } from '#shared/clean-text'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { CallContext } from './define'

type Vantage = CallContext['vantage']

/** Servers say it at their start; a whole log would take long to search. */
const FIRST_LINES = 200
const MAX_URL = 200
const IN_TEXT = /https?:\/\/(\[[\da-f:.]{1,45}\]|[\w.-]{1,253}):(\d{1,5})(?!\d|\.\d)[^\s"'<>()[\]{}|\\^`]{0,300}/gi
const HERE = /^(?:localhost|127\.0\.0\.1|\[::1\])$/i
const ANYWHERE = /^(?:0\.0\.0\.0|\[::\])$/

/**
 * Finds the address under which a process can be reached: the one of its ports that it names itself in its first lines, else that of its
 * readiness rule, else localhost with its first port. Undefined when nothing tells one.
 */
export async function findUrl({ processes }: Pick<Vantage, 'processes'>, process: ProcessInfo): Promise<string | undefined> {
  const { ports = [], ready } = process
  const named = ports.length > 0 ? urlIn(await firstLines(processes.logs(process.id), process), ports) : undefined
  if (named !== undefined) return named
  if (ready?.http !== undefined) return new URL('/', ready.http).href
  const port = ready?.tcp !== undefined && ports.includes(ready.tcp) ? ready.tcp : ports[0]
  return port === undefined ? undefined : `http://localhost:${port}`
}

async function firstLines(logs: ReturnType<Vantage['processes']['logs']>, { run }: ProcessInfo): Promise<string[]> {
  if (run === undefined) return []
  const { first_cursor: first } = await logs.page({ stream: 'both', lines: 1, run })
  const { next: since } = await logs.page({ stream: 'both', lines: 1, run, before: first })
  const { lines } = await logs.page({ stream: 'both', lines: FIRST_LINES, run, since })
  return lines.map(line => cleanLine(line.text))
}

/** Of the addresses with one of the ports the first one on this machine, else the first one. */
export function urlIn(lines: readonly string[], ports: readonly number[]): string | undefined {
  const found = lines.flatMap(line => [...line.matchAll(IN_TEXT)]).flatMap(([text, host = '', port]) => {
    return ports.includes(Number(port)) ? [{ host, url: text.replace(/[.,;:!]+$/, '') }] : []
  })
  const best = found.find(({ host }) => HERE.test(host)) ?? found.find(({ host }) => ANYWHERE.test(host)) ?? found[0]
  if (!best) return undefined
  return (ANYWHERE.test(best.host) ? best.url.replace(best.host, 'localhost') : best.url).slice(0, MAX_URL)
}
