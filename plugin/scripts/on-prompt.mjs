// UserPromptSubmit: one line for the agent when processes of its project have changed since the last prompt of its session.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { describeChanges, MOST_ERRORS } from './changes.mjs'
import { dataDir, findHost, readJson } from './host.mjs'

/** For all questions to a host that answers. */
const MOST_MS = 1500
const MOST_PROCESSES = 20
const KEPT_MS = 7 * 24 * 60 * 60 * 1000

const folder = join(dataDir, 'hooks')
const { session_id: session, cwd } = await json(process.stdin)
const file = join(folder, `${String(session).replace(/[^\w-]/g, '').slice(0, 64)}.json`)
const line = await look(AbortSignal.timeout(MOST_MS))
if (line) process.stdout.write(JSON.stringify({ hookSpecificOutput: { hookEventName: 'UserPromptSubmit', additionalContext: line } }))
process.exit()

async function look(signal) {
  const ask = await findHost(signal)
  if (!ask) return undefined
  const project = process.env.CLAUDE_PROJECT_DIR || cwd
  const processes = await ask(`/api/processes?project=${encodeURIComponent(project)}`).catch(() => undefined)
  if (!processes) return undefined
  const before = readJson(file)
  const looks = await Promise.all(processes.slice(0, MOST_PROCESSES).map(info => lookAt(ask, info, before?.[info.id]?.cursor)))
  const now = Object.fromEntries(looks)
  save(now)
  return before ? describeChanges(before, now) : undefined
}

/** What is remembered of a process. A log that cannot be searched in time is not counted, and begins anew at the next prompt. */
async function lookAt(ask, { id, state, phase, run, failed_at, exit_code, signal }, since) {
  const query = since === undefined ? 'lines=1' : `level=error&lines=${MOST_ERRORS}&since=${encodeURIComponent(since)}`
  const page = await ask(`/api/processes/${encodeURIComponent(id)}/logs?format=json&stream=both&${query}`).catch(() => undefined)
  return [id, { state, phase, run, failed_at, exit_code, signal, cursor: page?.next, errors: since === undefined ? 0 : page?.lines.length }]
}

function save(now) {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  forgetOld()
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(now), { mode: 0o600 })
  renameSync(`${file}.${process.pid}`, file)
}

function forgetOld() {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (Date.now() - statSync(path, { throwIfNoEntry: false })?.mtimeMs > KEPT_MS) rmSync(path, { force: true })
  }
}
