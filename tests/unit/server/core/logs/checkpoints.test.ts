import { appendFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { CheckpointFile } from '../../../../../server/core/logs/checkpoints'
import { CheckpointView } from '../../../../../server/core/logs/checkpoint-view'
import { listeningLogger, temporaryDir } from './fixture'
import { until } from '../../../../helpers/until'

const { log } = listeningLogger()
const at = (time: number, stdout: number, stderr = 0) => ({ time, stdout, stderr, isLast: false })

describe('CheckpointFile', () => {
  it('is written within half a second and read back by the next host', async () => {
    await using dir = await temporaryDir()
    const path = join(dir.path, 'checkpoints')
    const file = await CheckpointFile.open(path, log)
    file.add(at(1, 10))
    file.add(at(2, 20, 5))
    await until(async () => await stat(path).then(({ size }) => size === 48, () => false))
    const next = await CheckpointFile.open(path, log)
    expect([next.count, next.last]).toEqual([2, at(2, 20, 5)])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('never lets its time run backwards', async () => {
    await using dir = await temporaryDir()
    const file = await CheckpointFile.open(join(dir.path, 'checkpoints'), log)
    file.add(at(100, 1))
    file.add(at(50, 2))
    expect(file.last.time).toBe(100)
    file.discard()
  })

  it('overwrites a torn record and forgets zeros that a loss of power left behind', async () => {
    await using dir = await temporaryDir()
    const path = join(dir.path, 'checkpoints')
    const file = await CheckpointFile.open(path, log)
    file.add(at(1, 10))
    await file.flush()
    await appendFile(path, Buffer.alloc(24 * 3 + 7))
    const next = await CheckpointFile.open(path, log)
    expect([next.count, next.last]).toEqual([1, at(1, 10)])
    next.add({ ...at(2, 20), isLast: true })
    await next.flush()
    const third = await CheckpointFile.open(path, log)
    expect((await stat(path)).size).toBe(24 * 4 + 7)
    const view = new CheckpointView(third)
    expect(await view.at(1)).toEqual({ ...at(2, 20), isLast: true })
    await view.close()
  })

  it('keeps what cannot be written, says so once, and writes it later', async () => {
    await using dir = await temporaryDir()
    const { log, lines } = listeningLogger()
    const path = join(dir.path, 'sub', 'checkpoints')
    const file = await CheckpointFile.open(path, log)
    file.add(at(1, 10))
    await file.flush()
    await file.flush()
    expect(lines).toHaveLength(1)
    expect(file.held(0)).toEqual(at(1, 10))
    await mkdir(join(dir.path, 'sub'))
    await file.flush()
    expect((await CheckpointFile.open(path, log)).count).toBe(1)
  })
})

describe('CheckpointView', () => {
  it('finds the interval of an end offset wherever the search begins, on disk or not', async () => {
    await using dir = await temporaryDir()
    const path = join(dir.path, 'checkpoints')
    await fc.assert(fc.asyncProperty(
      fc.array(fc.nat({ max: 3 }), { maxLength: 1200 }), fc.nat({ max: 1200 }), fc.nat({ max: 1300 }), fc.nat({ max: 3000 }),
      async (steps, flushed, near, end) => {
        await writeFile(path, '')
        const file = await CheckpointFile.open(path, log)
        const offsets: number[] = []
        for (const [index, step] of steps.entries()) {
          offsets.push((offsets.at(-1) ?? 0) + step)
          file.add(at(index + 1, offsets.at(-1) ?? 0))
          if (index === flushed) await file.flush()
        }
        const view = new CheckpointView(file)
        const plain = offsets.findIndex(offset => offset >= end)
        expect(await view.intervalOf('stdout', end, near)).toBe(plain < 0 ? offsets.length : plain)
        await view.close()
        file.discard()
      },
    ), { numRuns: 100 })
  })

  it('reads a small part of a large file to find a place', async () => {
    await using dir = await temporaryDir()
    const path = join(dir.path, 'checkpoints')
    const file = await CheckpointFile.open(path, log)
    for (let index = 1; index <= 200_000; index++) file.add(at(index, index * 10))
    await file.flush()
    const read = vi.spyOn(file, 'read')
    const view = new CheckpointView(file)
    expect(await view.intervalOf('stdout', 777_775, view.count)).toBe(77_777)
    expect(read.mock.calls.length).toBeLessThan(40)
    await view.close()
  })
})
