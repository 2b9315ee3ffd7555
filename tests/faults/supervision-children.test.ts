import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { linesOf, pidsOf, rest, run, shell } from './playground'

describe('children that leave the group of their process', () => {
  it.each([
    ['SIGTERM ends', 'exec sleep 600'],
    ['ignore SIGTERM', 'trap "" TERM; exec sleep 600'],
  ])('and that %s are gone with it when it is stopped', async (_, child) => {
    await using host = await startHost()
    await run(host, shell('web', `setsid sh -c '${child}' & sh -c 'setsid sh -c "${child.replaceAll('"', '\\"')}" &'; echo ready; exec sleep 600`))
    await waitFor('three of them live', () => pidsOf('web').length === 3)
    expect(await host.send('POST', '/api/processes/web/stop', { grace_ms: 500 })).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    expect(pidsOf('web')).toEqual([])
  })

  it('are gone too when the host dies in the middle of the stop', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using first = await startHost({ dataDir })
    await run(first, shell('web', `setsid sh -c 'trap "" TERM; exec sleep 600' & echo ready; exec sleep 600`))
    await waitFor('both live', () => pidsOf('web').length === 2)
    void first.send('POST', '/api/processes/web/stop', { grace_ms: 1500 }).catch(() => undefined) // its host dies before it answers
    await waitFor('the leader has ended', () => pidsOf('web').length === 1)
    await first.end('SIGKILL')
    await using second = await startHost({ dataDir })
    await waitFor('nothing of it lives', () => pidsOf('web').length === 0)
    expect(await rest(second, 'web')).toMatchObject({ run: 1 })
  })

  it('of another process are left alone', async () => {
    await using host = await startHost()
    await run(host, shell('other', 'setsid sh -c "exec sleep 600" & exec sleep 600'))
    await run(host, shell('web', 'setsid sh -c "exec sleep 600" & exec sleep 600'))
    await waitFor('all four live', () => pidsOf('web').length === 2 && pidsOf('other').length === 2)
    const others = pidsOf('other')
    await host.send('POST', '/api/processes/web/stop')
    expect(pidsOf('web')).toEqual([])
    expect(pidsOf('other')).toEqual(others)
  })
})

describe('a program that daemonises', () => {
  it('is found, said, and does not live on without anybody', async () => {
    await using host = await startHost()
    await run(host, shell('daemon', 'setsid sh -c "exec sleep 600" >/dev/null 2>&1 & sleep 0.2; exit 0'))
    expect(await rest(host, 'daemon')).toMatchObject({ state: 'Stopped', exit_code: 0, leftovers_ended: true })
    expect(pidsOf('daemon')).toEqual([])
  })

  it('while no host runs is dealt with by the next one', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const go = join(directory.path, 'go')
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, shell('daemon', `while [ ! -e ${go} ]; do sleep 0.05; done; setsid sh -c "exec sleep 600" & sleep 0.2; exit 0`))
    await first.end('SIGKILL')
    writeFileSync(go, '')
    await waitFor('its leader has ended', () => !isRunning(pid))
    await using second = await startHost({ dataDir })
    expect(await rest(second, 'daemon')).toMatchObject({ leftovers_ended: true, run: 1 })
    expect(pidsOf('daemon')).toEqual([])
  })
})

describe('a client whose work runs elsewhere, as that of docker does', () => {
  /** `docker run x` waits in the foreground; the container is a process of nobody here, ended by `docker stop x` alone. */
  const DOCKER = `#!/bin/sh
here=$(dirname "$0")
case $1 in
  run)
    env -u VANTAGE_RUN_ID -u VANTAGE_PROCESS_ID -u VANTAGE_RUN setsid sleep 600 </dev/null >/dev/null 2>&1 &
    echo $! >"$here/container"
    echo started
    trap "" TERM INT
    while kill -0 "$(cat "$here/container")" 2>/dev/null; do sleep 0.05; done ;;
  stop) echo "stop $2" >>"$here/calls"; kill "$(cat "$here/container")" ;;
esac
`

  it('is stopped by the command of its definition', async () => {
    await using directory = await temporaryDirectory()
    const docker = join(directory.path, 'docker')
    writeFileSync(docker, DOCKER)
    chmodSync(docker, 0o755)
    await using host = await startHost()
    const definition = { id: 'box', command: docker, args: ['run', '--rm', '--name', 'x', 'image'], env: { PATH: `${directory.path}:${process.env.PATH}` } }
    await run(host, { ...definition, stop: { command: ['docker', 'stop', 'x'] } })
    await waitFor('the container runs', async () => (await linesOf(host, 'box')).includes('started'))
    const container = Number(readFileSync(join(directory.path, 'container'), 'utf8'))
    expect(isRunning(container)).toBe(true)
    expect(await host.send('POST', '/api/processes/box/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    expect(isRunning(container)).toBe(false)
    expect(readFileSync(join(directory.path, 'calls'), 'utf8')).toBe('stop x\n')
    expect(pidsOf('box')).toEqual([])
  })
})
