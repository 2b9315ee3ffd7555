// Runs the tests with a quiet summary: `npm test` everything a change needs, `npm run test:full` the long ones.
// The last line is "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const isFull = process.argv.includes('--full')
const rest = process.argv.slice(2).filter(argument => argument !== '--full')
const projects = isFull ? ['faults', 'strangers'] : ['unit', 'nuxt', 'integration', 'e2e']
const scratch = mkdtempSync(join(tmpdir(), 'vantage-report-'))
const report = join(scratch, 'report.json')

run('scripts/ensure-build.mjs')
const status = run(
  'scripts/with-node.mjs', 'vitest', 'run', ...projects.flatMap(project => ['--project', project]),
  '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`, ...(isFull || rest.length > 0 ? [] : ['--coverage']), ...rest,
)
const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
rmSync(scratch, { recursive: true })
const broken = testResults.filter(file => file.status === 'failed' && file.assertionResults.every(test => test.status !== 'failed')).length
for (const file of testResults) {
  for (const test of file.assertionResults) {
    if (test.status === 'pending') process.stdout.write(`skipped: ${test.fullName}\n`)
  }
}
process.stdout.write(`${numPassedTests} passed, ${numFailedTests + broken} failed, ${numPendingTests} skipped\n`)
process.exit(status)

/** Runs a script of the project and gives its exit code; a build that fails ends everything. */
function run(script, ...args) {
  const { status: code } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' })
  if (code !== 0 && !args.includes('vitest')) process.exit(code ?? 1)
  return code ?? 1
}
