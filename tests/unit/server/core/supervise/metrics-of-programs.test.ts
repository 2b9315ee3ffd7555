import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { RUN_MARK } from '../../../../../server/core/supervise/environment'
import { linux } from '../../../../../server/core/supervise/linux'
import { MetricsSampler } from '../../../../../server/core/supervise/metrics'
import { pidsWithEnvironment } from '../../../../helpers/processes'
import { waitFor } from '../../../../helpers/wait-for'
import { listeningLogger } from '../logs/fixture'

/** A real run of a shell script, measured; whatever carries its mark is gone at the end. */
async function measured(script: string, environment: Record<string, string> = {}) {
  const runId = `test-${process.pid}-${Math.random()}`
  const child: ChildProcess = spawn('/bin/sh', ['-c', script], {
    detached: true, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...environment, [RUN_MARK]: runId },
  })
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  const sampler = new MetricsSampler({ system: linux, log: listeningLogger().log })
  sampler.watch('run', { pid, startTime: linux.stat(pid)?.startTime ?? '', runId, startedAt: Date.now() })
  return {
    latest: async () => {
      await sampler.refresh(0)
      return sampler.latest('run')
    },
    owns: (other: number) => sampler.ownerOf(other) === 'run',
    runId,
    async [Symbol.asyncDispose]() {
      sampler[Symbol.dispose]()
      for (const each of pidsWithEnvironment(`${RUN_MARK}=${runId}`)) linux.signal(each, 'SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

const HOLDS_100_MB = 'const block = Buffer.alloc(100_000_000, 1); setInterval(() => block.length, 1000)'
const BUSY = 'const end = Date.now() + 30_000; while (Date.now() < end);'
const LISTENS = 'require("node:net").createServer().listen(0, "127.0.0.1")'

describe('MetricsSampler with real programs', () => {
  it('counts the memory of the children', async () => {
    await using run = await measured('"$NODE" -e "$PROGRAM" & wait', { NODE: process.execPath, PROGRAM: HOLDS_100_MB })
    const memory = await waitFor('100 MB', async () => {
      const { memoryBytes = 0 } = await run.latest() ?? {}
      return memoryBytes > 100_000_000 && memoryBytes
    })
    expect(memory).toBeLessThan(1_000_000_000)
  })

  it('counts the processor of a child that left the session', async () => {
    await using run = await measured('setsid "$NODE" -e "$PROGRAM" & wait', { NODE: process.execPath, PROGRAM: BUSY })
    await waitFor('a busy tree', async () => ((await run.latest())?.cpuPercent ?? 0) > 20)
    expect(pidsWithEnvironment(`${RUN_MARK}=${run.runId}`).every(run.owns)).toBe(true)
  })

  it('counts children that live too short to be seen', async () => {
    await using run = await measured('i=0; while [ $i -lt 20000 ]; do /bin/true; i=$((i+1)); done')
    await waitFor('the time of ended children', async () => ((await run.latest())?.cpuPercent ?? 0) > 15)
  })

  it('gives the port that a daemon of the run listens on', async () => {
    await using run = await measured('(setsid "$NODE" -e "$PROGRAM" &) ; sleep 60', { NODE: process.execPath, PROGRAM: LISTENS })
    const ports = await waitFor('a port', async () => {
      const latest = await run.latest()
      return latest && latest.ports.length > 0 && latest.ports
    })
    expect(ports).toHaveLength(1)
    const sockets = pidsWithEnvironment(`${RUN_MARK}=${run.runId}`).flatMap(linux.openSockets)
    const listening = await linux.listeningPorts()
    expect(sockets.flatMap(socket => listening.get(socket) ?? [])).toEqual(ports)
  })
})
