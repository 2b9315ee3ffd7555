import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createCtl, ctlDirectory, readExit, type RunExit } from '../../../../../server/core/supervise/ctl'
import { ExitWatch } from '../../../../../server/core/supervise/exit-watch'
import { launch } from '../../../../../server/core/supervise/launch'
import type { Launcher } from '../../../../../server/core/supervise/launcher'
import type { OperatingSystem } from '../../../../../server/core/supervise/operating-system'
import type { RunGroup } from '../../../../../server/core/supervise/run-tree'
import { systemFor } from '../../../../../server/core/supervise/systems'
import type { ShimOptions } from '../../../../../server/core/supervise/shim'
import { pidsWithEnvironment } from '../../../../helpers/processes'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'
import { waitFor } from '../../../../helpers/wait-for'

export interface Program { command: string, args?: string[], env?: Record<string, string>, options?: Partial<ShimOptions> }

export interface TestRun extends AsyncDisposable {
  readonly runDir: string
  readonly ctlDir: string
  readonly run: RunGroup
  readonly shimPid: number
  /** How it ended, as a watching host is told. */
  readonly exited: Promise<RunExit>
  /** What the shim has recorded of the end so far. */
  readonly exitNow: () => Promise<RunExit | undefined>
  readonly output: (stream: 'stdout' | 'stderr') => Promise<string>
  /** Everything that was started for this run, shim and cats too. */
  readonly pids: () => number[]
}

const here = systemFor('linux')

/** How runs are launched on the machine of the test. */
export const launcher = here.findLauncher(process.env.PATH ?? '')

export const shell = (script: string): Program => ({ command: '/bin/sh', args: ['-c', script] })

/** Launches a program as a host does, in a directory of its own. At the end of the scope all of it is gone. */
export async function startRun(
  { command, args = [], env = {}, options = {} }: Program,
  { launcher: by = launcher, os = here.os, stdoutLog = 'stdout.log' }: { launcher?: Launcher, os?: OperatingSystem, stdoutLog?: string } = {},
): Promise<TestRun> {
  const directory = await temporaryDirectory()
  const mark = randomBytes(8).toString('hex')
  const pids = () => pidsWithEnvironment(`VANTAGETEST=${mark}`)
  const dispose = async () => {
    // One that is just becoming another program shows its environment only after a while.
    await waitFor('all processes of the run are gone', () => {
      const left = pids()
      left.forEach(kill)
      return left.length === 0
    })
    await directory[Symbol.asyncDispose]()
  }
  const exits = new ExitWatch(os)
  try {
    const runDir = join(directory.path, '1')
    const [shimOptions, runId] = [{ stdin: 'none' as const, output: 'file' as const, ...options }, randomBytes(16).toString('hex')]
    await mkdir(ctlDirectory(runDir), { recursive: true })
    const now = new Date().toISOString()
    const { openFiles, ...modes } = shimOptions
    const limits = openFiles === undefined ? {} : { limits: { open_files: openFiles } }
    const definition = { id: 'p', command, args, cwd: directory.path, env, auto_start_on_restore: false, ...modes, ...limits }
    const leaderFile = await createCtl(runDir, { run: 1, run_id: runId, boot_id: 'boot', started_at: now, created_at: now, definition }, by.mkfifo)
    await using logs = await openLogs(resolve(runDir, stdoutLog), join(runDir, 'stderr.log'))
    const { shimProcess, leader } = await launch(os, by, {
      runDir, command, args, cwd: directory.path, options: shimOptions, leaderFile, stdout: logs.stdout, stderr: logs.stderr,
      env: { PATH: process.env.PATH ?? '', ...env, VANTAGETEST: mark },
      marks: { id: 'p', run: 1, runId },
    }).finally(() => leaderFile.close())
    return {
      runDir,
      ctlDir: ctlDirectory(runDir),
      run: { ...leader, runId, isObserved: true },
      shimPid: shimProcess.pid ?? 0,
      exited: exits.exitOf({ runDir, leader }, shimProcess),
      exitNow: () => readExit(ctlDirectory(runDir)),
      output: stream => readFile(join(runDir, `${stream}.log`), 'utf8'),
      pids,
      async [Symbol.asyncDispose]() {
        exits.close()
        await dispose()
      },
    }
  }
  catch (error) {
    exits.close()
    await dispose()
    throw error
  }
}

async function openLogs(...files: [stdout: string, stderr: string]) {
  const [stdout, stderr] = await Promise.all([open(files[0], 'a', 0o600), open(files[1], 'a', 0o600)])
  return {
    stdout: stdout.fd,
    stderr: stderr.fd,
    async [Symbol.asyncDispose]() {
      await Promise.all([stdout.close(), stderr.close()])
    },
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  }
  catch {
    // it has just ended by itself
  }
}
