// npm run bench: measures the built product over HTTP and holds it to its targets. Exit code 1 when one is missed.
import { execFileSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { measureCalls } from './calls.ts'
import { measureColdStart } from './cold-start.ts'
import { measureDisk } from './disk.ts'
import { measureFlood } from './flood.ts'
import { SYSTEM_NODE } from './host.ts'
import { measureLive } from './live.ts'
import { isMissed, toTable, type Row } from './report.ts'

const parts = { calls: measureCalls, disk: measureDisk, start: measureColdStart, flood: measureFlood, live: measureLive }
const wanted = process.argv.slice(2)
const root = join(import.meta.dirname, '../..')
const load = () => loadavg().map(value => value.toFixed(1)).join(' ')

execFileSync(process.execPath, [join(root, 'scripts/ensure-build.mjs')], { stdio: 'inherit' })
const version = execFileSync(SYSTEM_NODE, ['--version'], { encoding: 'utf8' }).trim()
process.stdout.write(`Node ${version}, ${cpus().length} cores, load before ${load()}\n`)
const rows: Row[] = []
for (const [name, measure] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) rows.push(...await measure())
}
const missed = rows.filter(isMissed)
process.stdout.write(`\n${toTable(rows)}\n\nload after ${load()}\n`)
process.stdout.write(missed.length === 0 ? 'all targets are met\n' : `missed: ${missed.map(row => row.what).join('; ')}\n`)
process.exitCode = missed.length === 0 ? 0 : 1
