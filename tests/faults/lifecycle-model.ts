import type { AsyncCommand } from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { VantageError } from '#shared/errors'
import { type LifecycleAction, refusalOf } from '#shared/lifecycle'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { define, type TestEngine } from '../helpers/engine'
import { isRunning, pidsWithEnvironment } from '../helpers/processes'
import { waitFor } from '../helpers/wait-for'

interface Program { script: string, endsByItself: boolean, end: Partial<ProcessInfo> }

export const PROGRAMS = {
  sleeper: { script: 'exec sleep 600', endsByItself: false, end: {} },
  family: { script: 'sleep 600 & sleep 600 & exec sleep 600', endsByItself: false, end: {} },
  stubborn: { script: 'trap "" TERM; exec sleep 600', endsByItself: false, end: {} },
  done: { script: 'exit 0', endsByItself: true, end: { state: 'Stopped', exit_code: 0 } },
  failing: { script: 'sleep 0.05; exit 3', endsByItself: true, end: { state: 'Failed', exit_code: 3 } },
  leaver: { script: 'sleep 600 & exit 4', endsByItself: true, end: { state: 'Failed', exit_code: 4 } },
} as const satisfies Record<string, Program>
export type ProgramName = keyof typeof PROGRAMS

/** What must be true of one process: `ending` may have ended already or not. */
interface Expected {
  program: Program
  note: string
  phase: 'idle' | 'running' | 'ending'
  run: number
  pid?: number | undefined
  /** How it is once it is idle. */
  end: Partial<ProcessInfo>
}

export interface Model { processes: Map<string, Expected>, hosts: number }
export type ModelCommand = AsyncCommand<Model, TestEngine, boolean>

const GRACE_MS = 150
const AT_ONCE = 5

/** Gives `ok` or the code of the error; an error of another kind fails the test. */
async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'ok'
  }
  catch (error) {
    if (error instanceof VantageError) return error.code
    throw error
  }
}

/** What `shared/lifecycle.ts` lets happen; both answers where the process may have ended in between. */
function possible(action: LifecycleAction, known: Expected | undefined): string[] {
  if (!known) return ['PROCESS_NOT_FOUND']
  const phases = known.phase === 'ending' ? ['running', 'idle'] as const : [known.phase] as const
  return phases.map(phase => refusalOf(action, phase) ?? 'ok')
}

interface Step { title: string, run: (model: Model, engine: TestEngine) => Promise<void>, check?: (model: Readonly<Model>) => boolean }

/** A command that checks all invariants after itself. */
function command({ title, run, check = () => true }: Step): ModelCommand {
  return {
    check,
    toString: () => title,
    async run(model, engine) {
      await run(model, engine)
      await checkInvariants(model, engine)
    },
  }
}

export const create = (id: string, name: ProgramName, number: number) => command({
  title: `create(${id}, ${name})`,
  async run({ processes }, { vantage }) {
    const program = PROGRAMS[name]
    const note = `created ${number}`
    const request = define({ id, command: 'sh', args: ['-c', program.script], env: { NOTE: note } })
    const answer = await outcome(vantage.processes.create(request, {}))
    expect(answer).toBe(processes.has(id) ? 'PROCESS_EXISTS' : 'ok')
    if (answer === 'ok') processes.set(id, { program, note, phase: 'idle', run: 0, end: { state: 'NotStarted' } })
  },
})

export const update = (id: string, number: number) => command({
  title: `update(${id}, ${number})`,
  async run({ processes }, { vantage }) {
    const note = `updated ${number}`
    const known = processes.get(id)
    expect(possible('update', known)).toContain(await outcome(vantage.processes.patch(id, { env: { NOTE: note } })))
    if (known) known.note = note
  },
})

function begun(known: Expected, { vantage }: TestEngine, id: string): void {
  const { program } = known
  Object.assign(known, { phase: program.endsByItself ? 'ending' : 'running', run: known.run + 1, end: program.end, pid: vantage.processes.get(id).pid })
}

export const start = (id: string) => command({
  title: `start(${id})`,
  async run({ processes }, engine) {
    const known = processes.get(id)
    const answer = await outcome(engine.vantage.processes.start(id, {}))
    expect(possible('start', known)).toContain(answer)
    if (known && answer === 'ok') begun(known, engine, id)
  },
})

export const startAtOnce = (id: string) => command({
  title: `startAtOnce(${id})`,
  // A program that ends by itself may rightly be started again by a later one of the calls.
  check: ({ processes }) => processes.get(id)?.program.endsByItself === false && processes.get(id)?.phase !== 'ending',
  async run({ processes }, engine) {
    const known = processes.get(id)
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => outcome(engine.vantage.processes.start(id, {}))))
    expect(answers.filter(answer => answer === 'ok')).toHaveLength(known?.phase === 'idle' ? 1 : 0)
    if (known?.phase === 'idle') begun(known, engine, id)
  },
})

export const stop = (id: string) => command({
  title: `stop(${id})`,
  async run({ processes }, engine) {
    const known = processes.get(id)
    const answer = await outcome(engine.vantage.processes.stop(id, { graceMs: GRACE_MS }))
    expect(possible('stop', known)).toContain(answer)
    if (!known || answer !== 'ok') return
    Object.assign(known, { phase: 'idle', end: { state: 'Stopped' } })
    expect(membersOf(engine, id, known.run)).toEqual([])
  },
})

export const restart = (id: string) => command({
  title: `restart(${id})`,
  // Its grace is the usual one: a program that ignores the signal would take all the time of the test.
  check: ({ processes }) => processes.get(id)?.program !== PROGRAMS.stubborn || processes.get(id)?.phase === 'idle',
  async run({ processes }, engine) {
    const known = processes.get(id)
    const before = known?.run ?? 0
    const answer = await outcome(engine.vantage.processes.restart(id, {}))
    expect(possible('restart', known)).toContain(answer)
    if (!known || answer !== 'ok') return
    begun(known, engine, id)
    if (before > 0) expect(membersOf(engine, id, before)).toEqual([])
  },
})

export const remove = (id: string, force: boolean) => command({
  title: `remove(${id}, ${force})`,
  check: ({ processes }) => processes.get(id)?.program !== PROGRAMS.stubborn || processes.get(id)?.phase === 'idle', // as above
  async run({ processes }, engine) {
    const known = processes.get(id)
    const answer = await outcome(engine.vantage.processes.remove(id, { force }))
    expect(known && force ? ['ok'] : possible('remove', known)).toContain(answer)
    if (answer !== 'ok') return
    processes.delete(id)
    expect(livingOf(engine, id)).toEqual([])
  },
})

export const killLeader = (id: string) => command({
  title: `killLeader(${id})`,
  // A dropped engine still sees the end of its runs in this process, and would note what it ended beside the next one.
  check: ({ processes, hosts }) => processes.get(id)?.phase === 'running' && (hosts === 1 || processes.get(id)?.program !== PROGRAMS.family),
  async run({ processes }, { vantage }) {
    const { pid = 0 } = vantage.processes.get(id)
    expect(isRunning(pid)).toBe(true)
    process.kill(pid, 'SIGKILL')
    Object.assign(processes.get(id) ?? {}, { phase: 'ending', end: { state: 'Failed', signal: 'SIGKILL' } })
  },
})

export const waitForExit = (id: string) => command({
  title: `waitForExit(${id})`,
  check: ({ processes }) => processes.get(id)?.phase === 'ending',
  async run({ processes }, engine) {
    await waitFor(`"${id}" has ended`, () => engine.vantage.processes.get(id).phase === 'idle')
    const known = processes.get(id)
    if (!known) return
    known.phase = 'idle'
    expect(membersOf(engine, id, known.run)).toEqual([])
  },
})

export const crash = () => command({
  title: 'crash()',
  async run(model, engine) {
    expect(notesOnDisk(engine)).toEqual(notesIn(model)) // at the instant of the crash
    await engine.crash()
    model.hosts++
  },
})

const Snapshot = z.object({ processes: z.record(z.string(), z.object({ env: z.object({ NOTE: z.string() }) })) })

function notesOnDisk({ dataDir }: TestEngine): Record<string, string> {
  const file = join(dataDir, 'snapshot.yaml')
  const { processes } = Snapshot.catch({ processes: {} }).parse(parse(readIfThere(file)))
  return Object.fromEntries(Object.entries(processes).map(([id, { env }]) => [id, env.NOTE]))
}

const notesIn = ({ processes }: Model) => Object.fromEntries([...processes].map(([id, { note }]) => [id, note]))

async function checkInvariants(model: Model, engine: TestEngine): Promise<void> {
  const list = engine.vantage.processes.list()
  expect(Object.fromEntries(list.map(({ id, env }) => [id, env.NOTE]))).toEqual(notesIn(model))
  for (const info of list) {
    const known = model.processes.get(info.id)
    if (!known) continue
    if (known.phase === 'running') expect(info).toMatchObject({ state: 'Running', phase: 'running', run: known.run, pid: known.pid })
    if (known.phase === 'idle') expect(info).toMatchObject({ ...known.end, phase: 'idle', ...(known.run > 0 && { run: known.run }) })
    if (known.phase === 'ending' && info.phase === 'idle') expect(info).toMatchObject({ ...known.end, run: known.run })
    expect(info.state === 'Running').toBe(info.phase !== 'idle')
    const leaders = () => livingOf(engine, info.id).filter(isLeader)
    expect(leaders().length).toBeLessThanOrEqual(1)
    // A process that is just being replaced by its command shows no marks.
    if (known.phase === 'running') await waitFor(`only ${known.pid} leads "${info.id}"`, () => leaders().join() === String(known.pid), 5000)
    if (known.phase === 'idle') expect(livingOf(engine, info.id)).toEqual([])
  }
}

/** What an engine has started for one id and lives, by marks in the environment; shims left out. */
function livingOf(engine: TestEngine, id: string): number[] {
  const marked = new Set(pidsWithEnvironment(`VANTAGE_PROCESS_ID=${id}`))
  return engine.survivors().filter(pid => marked.has(pid) && !isShim(pid))
}

/** What lives of one run, by its own mark. */
function membersOf({ dataDir }: TestEngine, id: string, run: number): number[] {
  const spec: unknown = JSON.parse(readFileSync(join(dataDir, `processes/${id}/runs/${run}/ctl/spec`), 'utf8'))
  const { run_id: mark } = z.object({ run_id: z.string() }).parse(spec)
  return pidsWithEnvironment(`VANTAGE_RUN_ID=${mark}`).filter(pid => !isShim(pid))
}

const isShim = (pid: number) => readIfThere(`/proc/${pid}/cmdline`).includes('exec 9>&2')

/** Its group has its number. */
const isLeader = (pid: number) => Number(/\) \S \d+ (\d+)/.exec(readIfThere(`/proc/${pid}/stat`))?.[1]) === pid

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  }
  catch {
    return '' // it has gone, or is not yet there
  }
}
