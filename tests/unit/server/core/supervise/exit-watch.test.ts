import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { linux } from '../../../../../server/core/supervise/linux'
import { waitFor } from '../../../../helpers/wait-for'
import { shell, startRun } from './test-run'

const LATE_MS = 3500

describe('the end of a run', () => {
  it('is told exactly though its shim gets no turn for seconds, as on a machine that hardly moves', async () => {
    await using test = await startRun(shell('trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done'))
    await waitFor('it can be told', async () => await test.output('stdout') === 'ready\n')
    process.kill(test.shimPid, 'SIGSTOP')
    await waitFor('the shim stands still', () => linux.stat(test.shimPid)?.isStopped)
    process.kill(test.run.pid, 'SIGTERM')
    await waitFor('its child waits to be collected', () => linux.stat(test.run.pid)?.isZombie)
    await sleep(LATE_MS) // how long it stands still is the fault itself
    process.kill(test.shimPid, 'SIGCONT')
    expect((await test.exited).end).toEqual({ kind: 'code', code: 7 })
  })

  it('is lost when its shim was killed', async () => {
    await using test = await startRun(shell('exec sleep 600'))
    process.kill(test.shimPid, 'SIGKILL')
    process.kill(test.run.pid, 'SIGTERM')
    expect((await test.exited).end).toEqual({ kind: 'lost' })
  })
})
