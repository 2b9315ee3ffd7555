import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createDarwin } from '../../../../../server/core/supervise/darwin'
import { waitForDrain } from '../../../../../server/core/supervise/drain'
import { leftoversOf } from '../../../../../server/core/supervise/leftovers'
import { linux } from '../../../../../server/core/supervise/linux'
import { ProcessTable } from '../../../../../server/core/supervise/process-table'
import { livingProcesses } from '../../../../../server/core/supervise/run-tree'
import { systemFor, UnsupportedSystemError } from '../../../../../server/core/supervise/systems'
import { terminate } from '../../../../../server/core/supervise/terminate'
import { isRunning } from '../../../../helpers/processes'
import { waitFor } from '../../../../helpers/wait-for'
import { type Program, shell, startRun } from './test-run'

const PATH = process.env.PATH ?? ''
const refusal = existsSync('/bin/ps') ? '' : ' (skipped: there is no /bin/ps)'

describe('systemFor', () => {
  it('launches with sessions on Linux', () => {
    expect(systemFor('linux').findLauncher(PATH)).toMatchObject({ kind: 'session', shell: '/bin/sh' })
  })

  it.skipIf(refusal)(`launches with a shared group on macOS${refusal}`, () => {
    expect(systemFor('darwin').findLauncher(PATH)).toMatchObject({ kind: 'group', shell: '/bin/sh' })
  })

  it('refuses other systems and says what they lack', () => {
    expect(() => systemFor('win32')).toThrow(UnsupportedSystemError)
    expect(() => systemFor('win32')).toThrow(/Windows.*outlives its host.*WSL 2/)
    expect(() => systemFor('aix')).toThrow(/aix/)
  })
})

/** The `ps` of Linux shows environments by another option; all else is asked as on macOS. */
function runProgram(program: string, args: string[]): string {
  const wanted = args[0] === '-axEwwo' ? ['axeww', '-o', 'pid,command'] : args
  const file = program.endsWith('lsof') ? 'lsof' : program
  return execFileSync(file, wanted, { encoding: 'utf8', env: { PATH, LC_ALL: 'C', TZ: 'UTC0' }, stdio: ['ignore', 'pipe', 'ignore'] })
}

const psRow = (pid: number) => `${pid} 1 ${pid} S Thu Jan  1 00:00:01 1970 0:00.00 1\n`

describe.skipIf(refusal)(`a system without /proc and setsid${refusal}`, () => {
  const os = createDarwin(runProgram)
  const start = (program: Program) => startRun(program, { launcher: systemFor('darwin').findLauncher(PATH), os })

  it('tells of this process what /proc tells', () => {
    const known = linux.stat(process.pid)
    const { pid, ppid: parent } = process
    expect(os.stat(pid)).toMatchObject({ pid, parent, group: known?.group, isZombie: false, isStopped: false })
    expect(os.pids()).toContain(process.pid)
    expect(os.stat(4_194_304)).toBeUndefined()
    expect(os.environmentVariable(process.pid, 'NO_SUCH_VARIABLE')).toBeUndefined()
  })

  it('takes nothing for absent that has begun since it last asked', () => {
    let table = psRow(1)
    const asked = createDarwin(() => table)
    expect(asked.stat(1)).toMatchObject({ pid: 1 })
    table += psRow(2)
    expect(asked.stat(2)).toMatchObject({ pid: 2 })
    table += psRow(3)
    expect(asked.pids()).toEqual([1, 2, 3])
    table += psRow(4)
    expect(new ProcessTable(asked).recent().get(4)).toMatchObject({ pid: 4 })
  })

  it.skipIf(!existsSync('/usr/bin/lsof'))('finds who listens', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const listening = await os.listeningPorts()
    expect(os.openSockets(process.pid).map(socket => listening.get(socket))).toContain(port)
    await new Promise(resolve => server.close(resolve))
  })

  it.each(['file', 'pipe'] as const)('tells the exit code, with output: %s', async (output) => {
    await using test = await start({ ...shell('echo out; echo err >&2; exit 42'), options: { output } })
    expect((await test.exited).end).toEqual({ kind: 'code', code: 42 })
    expect(await waitForDrain(test.runDir, 10_000)).toBe(true)
    expect(await test.output('stdout')).toBe('out\n')
    expect(await test.output('stderr')).toBe('err\n')
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGUSR1'] as const)('ends a run by %s and tells it', async (signal) => {
    await using test = await start({ command: 'sleep', args: ['600'], options: { output: 'pipe' } })
    expect(test.run.group).toBe(test.shimPid)
    const table = new ProcessTable(os)
    expect(livingProcesses(table, test.run).map(stat => stat.pid)).toEqual([test.run.pid])
    await terminate(table, test.run, { signal, graceMs: 10_000 })
    expect((await test.exited).end).toEqual({ kind: 'signal', signal })
    expect(await waitForDrain(test.runDir, 10_000)).toBe(true)
    await waitFor('shim and cats have ended', () => test.pids().length === 0)
  })

  it('kills what ignores the signal or has escaped, and still tells how it ended', async () => {
    await using test = await start(shell('setsid sleep 600 & trap "" TERM; while :; do sleep 1; done'))
    const table = new ProcessTable(os)
    const { pids } = await waitFor('one has escaped', async () => {
      const found = await leftoversOf(table, test.run)
      return found.kind === 'daemonised' && found
    })
    await terminate(table, test.run, { signal: 'SIGTERM', graceMs: 50 })
    expect(pids.some(isRunning)).toBe(false)
    expect((await test.exited).end).toEqual({ kind: 'signal', signal: 'SIGKILL' })
  })
})
