import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { waitForDrain } from '../../../../../server/core/supervise/drain'
import { sendSignal } from '../../../../../server/core/supervise/send-signal'
import { isRunning } from '../../../../helpers/processes'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'
import { waitFor } from '../../../../helpers/wait-for'
import { launcher, type Program, shell, startRun, type TestRun } from './test-run'

const environmentOf = (pid: number) => toldOf(pid, 'environ').split('\0')
const stateOf = (pid: number) => /\) (\S)/.exec(toldOf(pid, 'stat'))?.[1]
const limitOf = (pid: number) => /Max open files +(\d+) +(\d+)/.exec(toldOf(pid, 'limits'))?.slice(1)
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGHUP', 'SIGQUIT', 'SIGSEGV'] as const
/** SIGHUP, SIGINT, SIGQUIT and SIGTERM as the bits of SigIgn. */
const ENDING = 0b100_0000_0000_0111n
const isIgnored = (mask: string | undefined) => (BigInt(`0x${mask}`) & ENDING) !== 0n
const drained = async (test: TestRun) => {
  await test.exited
  expect(await waitForDrain(test.runDir, 10_000)).toBe(true)
}

describe.each([
  ['dash', '/bin/sh'],
  ['bash', '/bin/bash'],
])('a run under %s', (_, file) => {
  describe.skipIf(!existsSync(file))(existsSync(file) ? 'is launched' : `(skipped: there is no ${file})`, () => {
    /** bash is a POSIX shell only under the name sh. */
    async function start(program: Program) {
      const directory = await temporaryDirectory()
      await mkdir(join(directory.path, 'bin'))
      const sh = join(directory.path, 'bin', 'sh')
      await symlink(file, sh)
      const test = await startRun(program, { launcher: { ...launcher, shell: sh } })
      return { ...test, [Symbol.asyncDispose]: async () => {
        await test[Symbol.asyncDispose]()
        await directory[Symbol.asyncDispose]()
      } }
    }

    describe.each(['file', 'pipe'] as const)('with output: %s', (output) => {
      const options = { output }

      it('and tells its exit code', async () => {
        await using test = await start({ ...shell('echo out; echo err >&2; exit 42'), options })
        expect((await test.exited).end).toEqual({ kind: 'code', code: 42 })
        await drained(test)
        expect(await test.output('stdout')).toBe('out\n')
        expect(await test.output('stderr')).toBe('err\n')
      })

      it.each(SIGNALS)('and tells that %s has ended it, without a word of the shell in its log', async (signal) => {
        await using test = await start({ ...shell('kill -STOP $$; exec sleep 600'), options })
        await waitFor('it is suspended', () => stateOf(test.run.pid) === 'T')
        process.kill(test.run.pid, 'SIGCONT')
        await waitFor('it goes on', () => readFileSync(`/proc/${test.run.pid}/cmdline`, 'latin1').includes('600'))
        expect(process.kill(-test.run.pid, signal)).toBe(true)
        expect((await test.exited).end).toEqual({ kind: 'signal', signal })
        await drained(test)
        expect(await test.output('stdout') + await test.output('stderr')).toBe('')
      })

      it('with default signals and no file of the shim open', async () => {
        await using test = await start({ ...shell('grep SigIgn /proc/self/status; ls /proc/self/fd'), options })
        await drained(test)
        const [mask, ...files] = (await test.output('stdout')).trim().split('\n')
        expect(isIgnored(mask?.split('\t')[1])).toBe(false)
        // 3 is the directory that ls reads; a shell opens nothing by itself from 10 on that it would hand on.
        expect(files.filter(name => name.length === 1)).toEqual(['0', '1', '2', '3'])
      })

      it('and carries the marks of its run, which the shim and its cats do not', async () => {
        await using test = await start({ ...shell('sleep 600 & exec sleep 600'), options })
        await waitFor('both run', () => test.pids().filter(pid => environmentOf(pid).includes(`VANTAGE_RUN_ID=${test.run.runId}`)).length === 2)
        expect(environmentOf(test.run.pid)).toEqual(expect.arrayContaining(['VANTAGE_PROCESS_ID=p', 'VANTAGE_RUN=1']))
        const rest = () => test.pids().filter(pid => stateOf(pid) !== undefined && !environmentOf(pid).includes('VANTAGE_RUN=1'))
        const count = output === 'pipe' ? 5 : 1 // shim, two waiting shells, two cats
        const others = await waitFor('all of the rest run', () => rest().length === count && rest())
        expect(others).toContain(test.shimPid)
        expect(others.flatMap(pid => environmentOf(pid).filter(entry => entry.startsWith('VANTAGE_')))).toEqual([])
      })
    })

    it('with arguments untouched, whatever they hold', async () => {
      const args = ['', '-n', '\'"$HOME"; exit 3 `id` \\', 'two\nlines', '*']
      await using test = await start({ command: process.execPath, args: ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...args] })
      await drained(test)
      expect(JSON.parse(await test.output('stdout'))).toEqual(args)
    })

    it('with its limit of open files, soft and hard', async () => {
      await using test = await start({ command: 'sleep', args: ['600'], options: { openFiles: 8 } })
      await waitFor('it runs', () => readFileSync(`/proc/${test.run.pid}/cmdline`, 'latin1').startsWith('sleep'))
      expect(limitOf(test.run.pid)).toEqual(['8', '8'])
      expect(limitOf(test.shimPid)).not.toEqual(['8', '8'])
    })

    it('not at all with a limit that cannot be set', async () => {
      const program = { ...shell('echo ran'), options: { openFiles: 2_000_000_000 } }
      await expect(start(program)).rejects.toMatchObject({ code: 'INTERNAL', message: 'The limit of 2000000000 open files cannot be set: the system allows fewer.' })
    })

    it('with both streams of a pipe complete, and its log whole when it reopens /dev/stdout', async () => {
      const script = 'echo first; i=0; while [ $i -lt 20 ]; do echo more >/dev/stdout; i=$((i+1)); done; seq 100000; seq 100000 >&2; exit 5'
      await using test = await start({ ...shell(script), options: { output: 'pipe' } })
      expect((await test.exited).end).toEqual({ kind: 'code', code: 5 })
      await drained(test)
      const lines = (await test.output('stdout')).split('\n')
      expect(lines.slice(0, 21)).toEqual(['first', ...Array.from({ length: 20 }, () => 'more')])
      expect(lines.slice(21, -1)).toEqual(Array.from({ length: 100_000 }, (_, index) => String(index + 1)))
      expect((await test.output('stderr')).split('\n')).toHaveLength(100_001)
      await waitFor('shells and cats have ended', () => test.pids().length === 0)
    })

    it('with an exit code that does not wait for who holds the pipe', async () => {
      await using test = await start({ ...shell('setsid sh -c "sleep 600; echo late" & echo early; exit 3'), options: { output: 'pipe' } })
      expect((await test.exited).end).toEqual({ kind: 'code', code: 3 })
      expect(await waitForDrain(test.runDir, 20)).toBe(false)
      expect(isRunning(test.shimPid)).toBe(false)
      await waitFor('nothing holds the pipe any more', async () => {
        // One that is just becoming another program shows no environment, and one that is killed may have forked.
        for (const pid of test.pids().filter(each => environmentOf(each).includes('VANTAGE_RUN=1'))) sendSignal(pid, 'SIGKILL')
        return await waitForDrain(test.runDir, 20)
      })
      expect(await test.output('stdout')).toBe('early\n')
    })
  })
})

/** What the kernel tells of a process; nothing of one that has just ended. */
function toldOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  }
  catch {
    return ''
  }
}

describe('a run whose log cannot be written', () => {
  it('is neither stuck nor ended for it', async () => {
    const program = { ...shell('seq 100000; echo done >&2; exit 4'), options: { output: 'pipe' as const } }
    await using test = await startRun(program, { stdoutLog: '/dev/full' })
    expect((await test.exited).end).toEqual({ kind: 'code', code: 4 })
    await drained(test)
    expect(await test.output('stderr')).toBe('done\n')
  })

  it('goes on, and its log too, when a cat is killed', async () => {
    await using test = await startRun({
      ...shell('i=0; while [ ! -e stop ]; do echo "line $i"; i=$((i+1)); sleep 0.02; done; echo end'),
      options: { output: 'pipe' },
    })
    const size = () => statSync(join(test.runDir, 'stdout.log')).size
    const cats = () => test.pids().filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(launcher.cat))
    await waitFor('it writes', () => size() > 0)
    for (const pid of cats()) process.kill(pid, 'SIGKILL')
    const before = size()
    await waitFor('another cat goes on', () => size() > before + 20)
    expect(isRunning(test.run.pid)).toBe(true)
  })
})
