import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LogPage } from '#shared/schemas/logs'
import { startHost, type TestHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { create, infoOf, pidsOf, rest } from './playground'

const NUMBERED = join(import.meta.dirname, '../fixtures/numbered.mjs')
/** The program notes each of its starts itself: what the host says of them is what is being tested. */
const NOTED = 'echo $$ >>starts; exec "$@"'
const REST_LIMIT_MS = 60_000

/** What one round has found wrong; a round that went well has only lines. */
export interface KillRound { lines: number, lost: number, twice: number, wrongExits: number, duplicates: number, problem?: string }

export interface KillRoundOptions { lines: number, perSecond: number }

/**
 * Kills the host with SIGKILL in the middle of a flood of numbered lines, lets the next one take over, and counts: lines
 * in the answers and in the files, starts of the program, its pid and its exit code. Round by round the moment of the
 * kill and the exit code differ, and in every fifth round the program ends while no host runs.
 */
export async function killRound(round: number, { lines, perSecond }: KillRoundOptions): Promise<KillRound> {
  await using directory = await temporaryDirectory()
  const dataDir = join(directory.path, 'data')
  const code = 1 + (round * 37) % 120
  const program = [process.execPath, NUMBERED, `${lines}`, `${perSecond}`, `${code}`]
  await using first = await startHost({ dataDir })
  await create(first, { id: 'flood', command: 'sh', args: ['-c', NOTED, 'sh', ...program], cwd: directory.path })
  const start = (await pageAfter(first, undefined)).next
  await first.send('POST', '/api/processes/flood/start')
  const { pid = 0 } = await infoOf(first, 'flood')
  await sleep(100 + (round * 53) % 700) // where in the flood the host dies is what the rounds vary
  const page = await pageAfter(first, start) // as far as the reader has come when its host dies
  await first.end('SIGKILL')
  if (round % 5 === 4) await waitFor('the process ends while no host runs', () => !isRunning(pid), REST_LIMIT_MS)
  await using second = await startHost({ dataDir })
  const adopted = await infoOf(second, 'flood')
  const strangers = pidsOf('flood').filter(other => other !== pid).length
  const ended = await rest(second, 'flood', REST_LIMIT_MS)
  const read = [...page.lines.map(line => line.text), ...await readOn(second, page.next)]
  const answers = countLines(read, lines)
  const files = countLines(linesIn(join(dataDir, 'processes/flood/runs/1')), lines)
  const starts = readFileSync(join(directory.path, 'starts'), 'utf8').trim().split('\n')
  const isSame = adopted.run === 1 && (adopted.state !== 'Running' || adopted.pid === pid)
  const found = {
    lines: read.length,
    lost: Math.max(answers.lost, files.lost),
    twice: Math.max(answers.twice, files.twice),
    wrongExits: isSame && ended.state === 'Failed' && ended.exit_code === code ? 0 : 1,
    duplicates: strangers + starts.length - 1,
  }
  if (found.lost + found.twice + found.wrongExits + found.duplicates === 0) return found
  return { ...found, problem: `round ${round}: ${JSON.stringify({ found, answers, files, code, pid, starts, adopted, ended })}` }
}

/** How many of the lines 0 to `count` - 1 are missing, and how many came once more or were never written. */
export function countLines(found: readonly string[], count: number): { lost: number, twice: number } {
  const distinct = new Set(found)
  const known = Array.from({ length: count }, (_, number) => `line ${number}`).filter(line => distinct.has(line)).length
  return { lost: count - known, twice: found.length - known }
}

/** Adds up rounds. */
export function sumOf(rounds: readonly KillRound[]): KillRound {
  const total = (name: Exclude<keyof KillRound, 'problem'>) => rounds.reduce((sum, round) => sum + round[name], 0)
  return { lines: total('lines'), lost: total('lost'), twice: total('twice'), wrongExits: total('wrongExits'), duplicates: total('duplicates') }
}

async function pageAfter(host: TestHost, since: string | undefined): Promise<LogPage> {
  const query = new URLSearchParams({ format: 'json', stream: 'both', lines: '7000', ...(since !== undefined && { since }) })
  const page = LogPage.parse((await host.send('GET', `/api/processes/flood/logs?${query}`)).body)
  // A line that is still being written is shown, but `next` stands before it: a reader that resumes takes it then.
  return page.partial ? { ...page, lines: page.lines.slice(0, -1) } : page
}

/** Reads on from `since` as a client would that was cut off, until there is nothing new. */
async function readOn(host: TestHost, since: string): Promise<string[]> {
  const read: string[] = []
  for (let page = await pageAfter(host, since); page.lines.length > 0; page = await pageAfter(host, page.next)) {
    read.push(...page.lines.map(line => line.text))
  }
  return read
}

function linesIn(runDir: string): string[] {
  return ['stdout.log', 'stderr.log'].flatMap(name => readFileSync(join(runDir, name), 'utf8').trimEnd().split('\n'))
}
