import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensure, runCommand } from './command.ts'
import { benchEnvironment } from './host.ts'
import type { Peer, PeerPlace } from './peers.ts'

const PACKAGES = 'usr/lib/python3/dist-packages'
const START_LIMIT_MS = 10_000

/** supervisord in `directory`, from Debian's package unpacked in `cache`: nothing is installed, no service is started. */
export async function createSupervisor({ cache, directory, programs }: PeerPlace): Promise<Peer> {
  await mkdir(cache, { recursive: true })
  await mkdir(directory, { recursive: true })
  await ensure(join(cache, PACKAGES, 'supervisor/supervisord.py'), () => unpack(cache))
  const env = benchEnvironment({ PYTHONPATH: join(cache, PACKAGES), PYTHONWARNINGS: 'ignore' })
  const config = join(directory, 'supervisord.conf')
  await writeFile(config, toConfig(directory, programs))
  const control = (...args: string[]) => runCommand(['python3', '-m', 'supervisor.supervisorctl', '-c', config, ...args], env)
  await runCommand(['python3', '-m', 'supervisor.supervisord', '-c', config], env)
  const pid = await readPid(join(directory, 'supervisord.pid'))
  return {
    name: 'supervisor',
    pid,
    start: id => control('start', id),
    stop: id => control('stop', id),
    [Symbol.asyncDispose]: () => control('shutdown'),
  }
}

async function unpack(cache: string): Promise<void> {
  await runCommand(['/bin/sh', '-c', 'cd "$0" && apt-get download supervisor', cache], process.env)
    .catch((cause) => { throw new Error('Debian\'s package cannot be downloaded here', { cause }) })
  const file = readdirSync(cache).find(name => name.endsWith('.deb')) ?? ''
  await runCommand(['dpkg-deb', '-x', join(cache, file), cache], process.env)
}

function toConfig(directory: string, programs: PeerPlace['programs']): string {
  const word = (text: string) => `"${text.replaceAll('%', '%%')}"`
  return [
    `[unix_http_server]\nfile=${directory}/supervisor.sock`,
    `[supervisord]\nlogfile=${directory}/supervisord.log\npidfile=${directory}/supervisord.pid\nchildlogdir=${directory}`,
    '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface',
    `[supervisorctl]\nserverurl=unix://${directory}/supervisor.sock`,
    ...programs.map(({ id, command, args }) =>
      `[program:${id}]\ncommand=${[command, ...args].map(word).join(' ')}\nautostart=false\nautorestart=false\nstartsecs=0\ndirectory=${directory}`),
  ].join('\n\n')
}

async function readPid(file: string): Promise<number> {
  for (const end = performance.now() + START_LIMIT_MS; performance.now() < end; await sleep(20)) {
    const pid = Number(await readFile(file, 'utf8').catch(() => '')) // not written yet
    if (pid > 0) return pid
  }
  throw new Error('supervisord does not start')
}
