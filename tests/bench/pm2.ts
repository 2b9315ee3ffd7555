import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensure, runCommand } from './command.ts'
import { benchEnvironment, SYSTEM_NODE } from './host.ts'
import type { Peer, PeerPlace } from './peers.ts'

export const PM2 = 'pm2@7.0.4'

/** pm2 with its daemon and home in `directory`; installed into `cache`, not a dependency of the product. */
export async function createPm2({ cache, directory, programs }: PeerPlace): Promise<Peer> {
  await mkdir(cache, { recursive: true })
  await mkdir(directory, { recursive: true })
  const bin = await ensure(join(cache, 'node_modules/pm2/bin/pm2'), () =>
    runCommand(['npm', 'install', '--prefix', cache, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', PM2], process.env))
  const env = benchEnvironment({ PM2_HOME: join(directory, 'home'), PM2_DISABLE_VERSION_CHECK: 'true' })
  const pm2 = (...args: string[]) => runCommand([SYSTEM_NODE, bin, ...args], env)
  const apps = programs.map(({ id, command, args }) => ({ name: id, script: command, args, interpreter: 'none', autorestart: false, cwd: directory }))
  const file = join(directory, 'programs.config.json')
  await writeFile(file, JSON.stringify({ apps }))
  await pm2('start', file)
  await pm2('stop', 'all')
  return {
    name: 'pm2',
    pid: Number(await readFile(join(directory, 'home/pm2.pid'), 'utf8')),
    start: id => pm2('start', id),
    stop: id => pm2('stop', id),
    [Symbol.asyncDispose]: () => pm2('kill'),
  }
}
