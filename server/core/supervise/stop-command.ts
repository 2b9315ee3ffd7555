import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { deadline } from '../deadline'
import { sendSignal } from './send-signal'

export interface StopCommandRequest {
  /** The program and its arguments. */
  command: readonly string[]
  env: Record<string, string>
  cwd: string
  limitMs: number
  /** Ends the command early, as its limit would. */
  signal?: AbortSignal
}

/** `reason` says in words why the command did not succeed; `output` is the end of what it wrote, for the host's log. */
export type StopCommandResult = { ok: true, output: string } | { ok: false, reason: string, output: string }

const OUTPUT_LIMIT_BYTES = 4096
/** How long what it wrote last may take to arrive once it has ended. */
const LAST_WORDS_MS = 200

/**
 * Runs the command that is to stop a process, in a session of its own, and waits for its end: until `limitMs`, then its
 * group is killed. Nothing of its group outlives it. Never throws.
 */
export async function runStopCommand(request: StopCommandRequest): Promise<StopCommandResult> {
  const { command: [program = '', ...args], env, cwd, limitMs, signal } = request
  using limit = deadline(limitMs, signal)
  const isOver = limit.signal
  let output = ''
  try {
    if (isOver.aborted) return { ok: false, reason: 'it was given up before it began', output }
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env, cwd })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => output = `${output}${text}`.slice(-OUTPUT_LIMIT_BYTES))
    }
    const reason = await endOf(child, isOver)
    const why = signal?.aborted ? 'it was given up' : `it did not end within ${limitMs} ms`
    return reason === undefined ? { ok: true, output } : { ok: false, reason: isOver.aborted ? why : reason, output }
  }
  catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { ok: false, reason: `it could not be started (${code})`, output }
  }
}

/** Why the command did not succeed, or undefined. Its exit counts: who holds its pipes beyond that is not waited for. */
async function endOf(child: ChildProcess, isOver: AbortSignal): Promise<string | undefined> {
  await once(child, 'spawn')
  const closed = once(child, 'close')
  const kill = () => killGroup(child)
  isOver.addEventListener('abort', kill)
  if (isOver.aborted) kill()
  try {
    await exited(child)
    if (child.signalCode !== null) return `it was ended by ${child.signalCode}`
    return child.exitCode === 0 ? undefined : `it exited with code ${child.exitCode}`
  }
  finally {
    isOver.removeEventListener('abort', kill)
    killGroup(child)
    await Promise.race([closed, sleep(LAST_WORDS_MS, undefined, { ref: false })])
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** Its number is still its own: the leader was just collected, or others are in the group. */
function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) sendSignal(-pid, 'SIGKILL')
}
