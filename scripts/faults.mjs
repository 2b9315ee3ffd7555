// npm run faults [-- --rounds N]: kills the host in the middle of a flood, N times (200), on a busy machine, and prints
// what was lost. Exit code 1 when anything was.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { registerHooks } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ensureBuild } from './ensure-build.mjs'

const DEFAULT_ROUNDS = 200
const FLOOD = { lines: 40_000, perSecond: 20_000 }
const BUSY_PROCESSES = 2
/** No round takes longer; the load is ended with its round. */
const BUSY_MS = 120_000
const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The sources name each other as bundlers want it: without extension, and shared/ by an alias. */
registerHooks({
  resolve(specifier, context, next) {
    const aliased = specifier.replace(/^#shared\//, pathToFileURL(join(root, 'shared/')).href)
    const isSource = aliased !== specifier || (/^\.\.?\//.test(specifier) && !/\.\w+$/.test(specifier) && !context.parentURL?.includes('/node_modules/'))
    return next(isSource ? `${aliased}.ts` : specifier, context)
  },
})

const rounds = roundsWanted(process.argv.slice(2))
await ensureBuild()
const { killRound, sumOf } = await import('../tests/faults/kill-round.ts')
const done = []
for (let round = 0; round < rounds; round++) {
  const found = await underLoad(() => killRound(round, FLOOD))
  if (found.problem !== undefined) process.stderr.write(`${found.problem}\n`)
  done.push(found)
  if (process.stderr.isTTY) process.stderr.write(`\r${done.length} of ${rounds}`)
}
const { lines, lost, twice, wrongExits, duplicates } = sumOf(done)
process.stdout.write(`${rounds} rounds of kill -9: ${lines} lines, ${lost} lost, ${twice} twice, `
  + `${wrongExits} wrong exit codes, ${duplicates} duplicate processes\n`)
process.exitCode = lost + twice + wrongExits + duplicates === 0 && lines === rounds * FLOOD.lines ? 0 : 1

function roundsWanted(args) {
  const [option, value, ...rest] = args.flatMap(argument => argument.split('='))
  const wanted = option === undefined ? DEFAULT_ROUNDS : Number(value)
  if ((option === undefined || option === '--rounds') && rest.length === 0 && Number.isInteger(wanted) && wanted > 0) return wanted
  process.stderr.write('usage: npm run faults -- [--rounds N]\n')
  process.exit(2)
}

async function underLoad(round) {
  const load = Array.from({ length: BUSY_PROCESSES }, () =>
    spawn(process.execPath, [join(root, 'tests/fixtures/busy.mjs'), String(BUSY_MS)], { stdio: 'ignore' }))
  const ended = Promise.all(load.map(child => once(child, 'exit')))
  try {
    return await round()
  }
  finally {
    for (const child of load) child.kill('SIGKILL')
    await ended
  }
}
