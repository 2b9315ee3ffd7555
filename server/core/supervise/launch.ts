import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { failure, type VantageError } from '#shared/errors'
import { ctlDirectory, type LeaderFile, readExit, withdrawCtl } from './ctl'
import { markValues, type RunMarks } from './environment'
import type { Launcher } from './launcher'
import type { Leader } from './leader'
import type { OperatingSystem } from './operating-system'
import { REFUSED, shim, type ShimOptions } from './shim'
import { inOwnTurn } from './spawn-turn'

export interface LaunchRequest {
  runDir: string
  command: string
  args: string[]
  /** Without the marks of the run: the shim is no part of it. */
  env: Record<string, string>
  marks: RunMarks
  cwd: string
  options: ShimOptions
  /** From `createCtl`; the caller closes it. */
  leaderFile: LeaderFile
  /** File descriptors of the two log files, opened for appending. */
  stdout: number
  stderr: number
}

/** The shim that was started, and the process it leads. */
export interface Launched { shimProcess: ChildProcess, leader: Leader }

/** When to look whether the pid is recorded: a shim takes some 4 ms, and longer the more of them begin at once. */
const LOOK_MS = [2, 1, 1, 1, 1, 2, 2, 4, 4]

/** How long the shim may take to record the pid. Reached only on a machine that hardly moves. */
const RECORD_LIMIT_MS = 10_000

/**
 * Starts a command under the shim and waits until its pid is recorded and its session is its own.
 * Throws `INTERNAL` with the system's reason when it cannot be started (no more processes, files or memory).
 */
export async function launch(os: OperatingSystem, launcher: Launcher, request: LaunchRequest): Promise<Launched> {
  const { runDir, command, args, env, marks, cwd, options, leaderFile, stdout, stderr } = request
  const words = [ctlDirectory(runDir), ...markValues(marks), command, ...args]
  const shimProcess = await spawned(() => spawn(launcher.shell, ['-c', shim(launcher, options), ...words], {
    detached: true,
    stdio: ['ignore', stdout, stderr],
    env,
    cwd,
  }))
  shimProcess.unref()
  return { shimProcess, leader: await recordedLeader(os, { request, leaderFile, shimProcess }) }
}

async function spawned(start: () => ChildProcess): Promise<ChildProcess> {
  try {
    return await inOwnTurn(async () => {
      const child = start()
      await once(child, 'spawn')
      return child
    })
  }
  catch (cause) {
    throw failure('INTERNAL', { reason: `The system refused to start a process: ${reasonOf(cause)}.` }, cause)
  }
}

interface Launching { request: LaunchRequest, leaderFile: LeaderFile, shimProcess: ChildProcess }

async function recordedLeader(os: OperatingSystem, { request, leaderFile, shimProcess }: Launching): Promise<Leader> {
  const end = performance.now() + RECORD_LIMIT_MS
  for (let round = 0; performance.now() < end; round++) {
    const leader = leaderFile.read()
    if (leader && hasOwnSession(os, leader)) return leader
    if (!leader && hasExited(shimProcess) && !leaderFile.read()) throw await noLeader(request)
    await sleep(LOOK_MS[round] ?? 8)
  }
  const late = await withdrawCtl(request.runDir, () => leaderFile.read())
  if (late) return late
  throw failure('INTERNAL', { reason: `The process did not report its pid within ${RECORD_LIMIT_MS / 1000} s.` })
}

/** One that has gone again counts too; one that cannot be looked at (too many open files) may still be on its way. */
function hasOwnSession(os: OperatingSystem, leader: Leader): boolean {
  try {
    const stat = os.stat(leader.pid)
    return stat?.startTime !== leader.startTime || stat.group === leader.group
  }
  catch {
    return false
  }
}

const hasExited = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** The shim is gone without a leader: it could not fork, could not write, or could not get what the command needs. */
async function noLeader({ runDir, options }: LaunchRequest): Promise<VantageError> {
  const exit = await readExit(ctlDirectory(runDir))
  const code = exit?.end.kind === 'code' ? exit.end.code : undefined
  if (code === REFUSED.openFiles) {
    return failure('INTERNAL', { reason: `The limit of ${options.openFiles} open files cannot be set: the system allows fewer.` })
  }
  if (code === REFUSED.stdin) return failure('INTERNAL', { reason: 'The input of the process could not be opened.' })
  return failure('INTERNAL', { reason: `The process ended before its pid was recorded${code === undefined ? '' : ` (${code})`}.` })
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const words: Record<string, string> = {
    EAGAIN: 'too many processes (EAGAIN)',
    EMFILE: 'too many open files (EMFILE)',
    ENFILE: 'too many open files on the machine (ENFILE)',
    ENOMEM: 'not enough memory (ENOMEM)',
    E2BIG: 'arguments and environment together are too long (E2BIG)',
  }
  return words[code] ?? (code || 'no reason given')
}
