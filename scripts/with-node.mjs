// Nuxt and Vitest need a newer Node than some systems have. This runs the given command under a Node that
// fits: the system's where it is new enough, else Node 24 fetched once through npm.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const FALLBACK = 'node@24.21.0'
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const fits = (major === 22 && minor >= 19) || (major === 24 && minor >= 11) || major >= 26

const [command, ...args] = process.argv.slice(2)
if (!command) {
  process.stderr.write('usage: node scripts/with-node.mjs <script or installed command> [arguments]\n')
  process.exit(2)
}

const bin = join(root, 'node_modules', '.bin')
const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}`, NUXT_TELEMETRY_DISABLED: '1' }
const target = /\.[cm]?[jt]s$/.test(command) ? ['node', command] : [command]
const [file = '', ...rest] = fits
  ? [...target, ...args]
  : ['npm', 'exec', '--yes', `--package=${FALLBACK}`, '--', ...target, ...args]

// The launcher only waits, so signals go to the child and its end is ours.
const child = spawn(file, rest, { stdio: 'inherit', env })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)))
