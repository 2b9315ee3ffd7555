// Builds the product when its output is missing or older than its sources.
import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const STAMP = join(root, '.output/client/built.json')
const LOCK = join(root, 'node_modules/.cache/vantage-build.lock')
const SOURCES = [
  'app.vue', 'error.vue', 'nuxt.config.ts', 'package.json', 'package-lock.json', 'server', 'shared', 'mcp', 'cli', 'build',
  'pages', 'layouts', 'components', 'composables', 'plugins', 'stores', 'utils', 'i18n', 'assets', 'public',
]

/** Builds where needed; two callers at once build one time. Throws when the build fails. */
export async function ensureBuild() {
  if (await isFresh()) return
  const unlock = await lock()
  try {
    if (!await isFresh()) await build()
  }
  finally {
    await unlock()
  }
}

async function isFresh() {
  const stamp = await readFile(STAMP, 'utf8').then(JSON.parse).catch(() => undefined)
  if (!stamp) return false
  const newest = Math.max(...await Promise.all(SOURCES.map(name => newestIn(join(root, name)))))
  return newest < stamp.started_at
}

/** Newest change below a path: of folders too, so that a removed file counts. */
async function newestIn(path) {
  const found = await stat(path).catch(() => undefined)
  if (!found) return 0
  if (!found.isDirectory()) return found.mtimeMs
  const names = await readdir(path)
  return Math.max(found.mtimeMs, ...await Promise.all(names.map(name => newestIn(join(path, name)))))
}

async function lock() {
  await mkdir(dirname(LOCK), { recursive: true })
  for (;;) {
    try {
      await writeFile(LOCK, String(process.pid), { flag: 'wx' })
      return () => rm(LOCK, { force: true })
    }
    catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!isAlive(Number(await readFile(LOCK, 'utf8').catch(() => '')))) await rm(LOCK, { force: true })
    await delay(200)
  }
}

function isAlive(pid) {
  if (!pid) return true // just being written
  try {
    return process.kill(pid, 0)
  }
  catch (error) {
    return error.code === 'EPERM'
  }
}

async function build() {
  process.stderr.write('Vantage is being built …\n')
  // A group of its own, ended as one: a signal to npm or a shell in between would not reach the builder.
  const child = spawn(process.execPath, [join(root, 'scripts/with-node.mjs'), 'nuxi', 'build'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => said.push(chunk))
  let interruption
  const interrupt = (signal) => {
    interruption = signal
    process.kill(-child.pid, 'SIGTERM')
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, interrupt)
  const [code] = await once(child, 'close')
  for (const signal of signals) process.off(signal, interrupt)
  if (interruption) throw new Error(`the build was interrupted by ${interruption}`)
  if (code === 0) return
  process.stderr.write(Buffer.concat(said))
  throw new Error(`the build failed with exit code ${code}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensureBuild().catch((error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  })
}
