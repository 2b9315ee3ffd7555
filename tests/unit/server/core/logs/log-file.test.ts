import { rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LineCounts } from '../../../../../server/core/logs/line-counts'
import { LogMoved, LogFile, type StreamState } from '../../../../../server/core/logs/log-file'
import { temporaryDir } from './fixture'

const BLOCK = 65_536

async function logOf(text: string, isEnded = false) {
  const dir = await temporaryDir()
  const path = join(dir.path, 'stdout.log')
  await writeFile(path, text)
  const state: StreamState = { name: 'stdout', path, size: Buffer.byteLength(text), first: 0, firstLines: 0, gap: { from: 0, to: 0 }, base: 0, segments: [], isMoving: false }
  const file = await LogFile.open(state, isEnded)
  return { dir: dir.path, path, state, file, [Symbol.asyncDispose]: async () => {
    await file.close()
    await dir[Symbol.asyncDispose]()
  } }
}

describe('LogFile', () => {
  it('finds the ends and starts of lines in either direction', async () => {
    await using log = await logOf('one\n\nthree\nrest')
    const ends: (number | undefined)[] = []
    for (let end = await log.file.endOf(0); end !== undefined; end = await log.file.endOf(end)) ends.push(end)
    expect(ends).toEqual([4, 5, 11])
    expect(await log.file.endBefore(100)).toBe(11)
    expect(await log.file.endBefore(10)).toBe(5)
    expect(await log.file.endBefore(3)).toBeUndefined()
    expect([await log.file.startOf(11), await log.file.startOf(5), await log.file.startOf(4)]).toEqual([5, 4, 0])
    expect([await log.file.startAfter(4), await log.file.startAfter(7), await log.file.startAfter(15)]).toEqual([4, 5, 11])
  })

  it('ends the unterminated last line of an ended run one byte after the file', async () => {
    await using log = await logOf('one\nrest', true)
    expect([await log.file.endOf(4), await log.file.endBefore(100), await log.file.startOf(9)]).toEqual([9, 9, 4])
    expect(await log.file.text(4, 9)).toBe('rest')
    expect(await log.file.endBefore(8)).toBe(4)
  })

  it('finds the same lines wherever a block ends', async () => {
    for (const length of [BLOCK - 2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1]) {
      await using log = await logOf(`${'x'.repeat(length)}\ny\n`)
      expect([await log.file.endOf(0), await log.file.endOf(length + 1)]).toEqual([length + 1, length + 3])
      expect([await log.file.endBefore(length + 2), await log.file.startOf(length + 3)]).toEqual([length + 1, length + 1])
      expect(await log.file.text(length + 1, length + 3)).toBe('y')
      expect(await log.file.linesInBlock(length + 1)).toBe((length + 1) % BLOCK === 0 ? 0 : 1)
    }
  })

  it('reads a long stretch without a newline once, not each time it is asked', async () => {
    await using log = await logOf(`a\n${'x'.repeat(10 * BLOCK)}`)
    expect(await log.file.endOf(2)).toBeUndefined()
    expect(log.state.gap).toEqual({ from: 2, to: 2 + 10 * BLOCK })
    await writeFile(log.path, Buffer.alloc(2 + 9 * BLOCK, '\n'), { flag: 'r+' })
    expect(await log.file.endOf(2)).toBeUndefined()
    const again = await LogFile.open(log.state, false)
    expect(await again.startOf(log.state.size + 1)).toBe(2)
    await again.close()
  })

  it('refuses what retention took while it was reading, and reads on behind it', async () => {
    await using log = await logOf(`${'x'.repeat(99)}\n`.repeat(3000))
    log.state.first = 2 * BLOCK
    await expect(async () => await log.file.endOf(0)).rejects.toBeInstanceOf(LogMoved)
    await expect(async () => await log.file.text(BLOCK, BLOCK + 50)).rejects.toBeInstanceOf(LogMoved)
    expect(await log.file.endOf(200_000)).toBe(200_100)
  })

  it('reads a file that was removed or cut as far as it goes', async () => {
    await using log = await logOf('one\ntwo\n')
    await truncate(log.path, 5)
    const cut = await LogFile.open(log.state, false)
    expect([await cut.endOf(0), await cut.endOf(4)]).toEqual([4, undefined])
    await cut.close()
    await rm(log.path)
    const gone = await LogFile.open(log.state, true)
    expect([gone.size, await gone.endBefore(100)]).toEqual([0, undefined])
  })
})

describe('LineCounts', () => {
  it('counts each block once and knows the newlines before any of them', async () => {
    await using log = await logOf('line\n'.repeat(100_000))
    const path = join(log.dir, 'stdout.lines')
    const before = (block: number) => Math.floor(block * BLOCK / 5)
    expect(await new LineCounts(path).countTo(3, log.state)).toBe(before(3))
    await writeFile(log.path, Buffer.alloc(3 * BLOCK), { flag: 'r+' })
    const counts = new LineCounts(path)
    expect(await counts.countTo(7, log.state)).toBe(before(7))
    for (let block = 0; block <= 7; block++) expect(await counts.before(block)).toBe(before(block))
  })
})
