import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openEngine } from '../helpers/engine'
import {
  crash, create, killLeader, type Model, type ModelCommand, PROGRAMS, type ProgramName, remove, restart, start, startAtOnce, stop, update,
  waitForExit,
} from './lifecycle-model'

/** Enough for some dozens of sequences, and for what a failure takes to be made smaller. */
const RUN_FOR_MS = 40_000
const MOST_COMMANDS = 30

/** `VANTAGE_MODEL_REPLAY="seed|path|replayPath"`, as a failure prints the three, repeats that sequence. */
const [seed, path, replayPath] = (process.env.VANTAGE_MODEL_REPLAY ?? '').split('|')

const id = fc.constantFrom('a', 'b')
const number = fc.integer({ min: 1, max: 999 })
const program = fc.constantFrom(...Object.keys(PROGRAMS).filter((name): name is ProgramName => name in PROGRAMS))

const commands = fc.commands([
  fc.tuple(id, program, number).map(([...choice]) => create(...choice)),
  fc.tuple(id, number).map(([...choice]) => update(...choice)),
  id.map(start),
  id.map(startAtOnce),
  id.map(stop),
  id.map(restart),
  fc.tuple(id, fc.boolean()).map(([...choice]) => remove(...choice)),
  id.map(killLeader),
  id.map(waitForExit),
  fc.constant(crash()),
], { maxCommands: MOST_COMMANDS, size: 'max', ...(replayPath && { replayPath }) })

async function play(sequence: Iterable<ModelCommand>): Promise<void> {
  await using engine = await openEngine()
  const model: Model = { processes: new Map(), hosts: 1 }
  await fc.asyncModelRun(() => ({ model, real: engine }), sequence)
}

describe('a process lives once, a definition that was acknowledged stays, and a stop ends everything', () => {
  it('in a sequence of every command', async () => {
    await play([
      create('a', 'family', 1), start('a'), killLeader('a'), waitForExit('a'), create('b', 'stubborn', 2), startAtOnce('b'), update('b', 3),
      start('b'), remove('b', false), crash(), stop('b'), restart('a'), stop('a'), create('a', 'done', 4), remove('a', true),
      create('a', 'leaver', 5), start('a'), waitForExit('a'), crash(), restart('a'), remove('a', true), remove('b', false), stop('b'),
    ])
  })

  it('in whatever order', { timeout: 180_000 }, async () => {
    let sequences = 0
    let running: Promise<void> = Promise.resolve()
    const property = fc.asyncProperty(commands, (sequence) => {
      sequences++
      return running = play(sequence)
    })
    try {
      const replay = { ...(seed && { seed: Number(seed) }), ...(path && { path }) }
      await fc.assert(property, { numRuns: 1000, interruptAfterTimeLimit: RUN_FOR_MS, ...replay })
    }
    finally {
      await Promise.allSettled([running]) // the time limit leaves the last sequence to itself
    }
    await running
    expect(sequences).toBeGreaterThan(seed ? 0 : 3)
  })
})
