// npm run bench: measures the built product and its peers and holds it to its targets. Exit code 1 when one is missed.
// Names of parts measure only these; --write puts the table into docs/benchmarks.md.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { join } from 'node:path'
import { measureAdoption } from './adoption.ts'
import { measureBridge } from './bridge.ts'
import { measureCalls } from './calls.ts'
import { measureColdStart } from './cold-start.ts'
import { measureCrowd } from './crowd.ts'
import { measureDigest } from './digest.ts'
import { measureDisk } from './disk.ts'
import { measureFloodCalls } from './flood-calls.ts'
import { measureFlood } from './flood.ts'
import { cleanUp, SYSTEM_NODE } from './host.ts'
import { measureLive } from './live.ts'
import { toPage } from './page.ts'
import { concessions, isMissed, toTable, type Row } from './report.ts'
import { measureSearch } from './search.ts'
import { measureSupervision } from './supervision.ts'
import { measureViewers } from './viewers.ts'

const parts = {
  supervision: measureSupervision, flood: measureFlood, adoption: measureAdoption, crowd: measureCrowd, floodCalls: measureFloodCalls,
  live: measureLive, viewers: measureViewers, search: measureSearch, digest: measureDigest,
  calls: measureCalls, bridge: measureBridge, disk: measureDisk, start: measureColdStart,
}
const isWriting = process.argv.includes('--write')
const wanted = process.argv.slice(2).filter(argument => argument !== '--write')
const unknown = wanted.find(name => !Object.hasOwn(parts, name))
if (unknown !== undefined) {
  process.stderr.write(`bench: there is no part "${unknown}": ${Object.keys(parts).join(', ')}\n`)
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cleanUp().finally(() => process.exit(1)))

const root = join(import.meta.dirname, '../..')
const load = () => loadavg().map(value => value.toFixed(1)).join(' ')

execFileSync(process.execPath, [join(root, 'scripts/ensure-build.mjs')], { stdio: 'inherit' })
const version = execFileSync(SYSTEM_NODE, ['--version'], { encoding: 'utf8' }).trim()
const machine = `Node ${version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Linux ${release()}`
const before = load()
process.stdout.write(`${machine}, load before ${before}\n`)
const started = performance.now()
const rows: Row[] = []
for (const [name, measure] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const from = performance.now()
  rows.push(...await measure())
  process.stdout.write(`${name}: ${Math.round((performance.now() - from) / 1000)} s\n`)
}
const missed = rows.filter(isMissed)
const after = load()
process.stdout.write(`\n${toTable(rows)}\n\nload after ${after}, ${Math.round((performance.now() - started) / 1000)} s in all\n`)
for (const line of concessions(rows)) process.stdout.write(`a peer is better: ${line}\n`)
process.stdout.write(missed.length === 0 ? 'all targets are met\n' : `missed: ${missed.map(row => row.what).join('; ')}\n`)
if (isWriting) writeFileSync(join(root, 'docs/benchmarks.md'), toPage(rows, { machine, load: `${before} before, ${after} after` }))
process.exitCode = missed.length === 0 ? 0 : 1
