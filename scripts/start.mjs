// npm start: builds what is needed, then serves under this Node.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ensureBuild } from './ensure-build.mjs'

const ONE_KEYPRESS_MS = 100
const bin = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin/vantage.mjs')

await ensureBuild().catch((error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})

// A session of its own: Ctrl-C reaches this process from the terminal and from npm at once, the host gets it from
// here, one time. A second one would end it without saving.
const child = spawn(process.execPath, [bin, 'serve', ...process.argv.slice(2)], { stdio: 'inherit', detached: true })
let last = -Infinity
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (performance.now() - last > ONE_KEYPRESS_MS) child.kill(signal)
    last = performance.now()
  })
}
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
