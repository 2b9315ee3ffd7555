import { appendFile, writeFile } from 'node:fs/promises'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { GrowthTicker } from '../../../../../server/core/logs/ticker'
import { listeningLogger, temporaryDir } from './fixture'
import { until } from '../../../../helpers/until'

/** A file whose looks are counted. */
async function growingFile(dir: string, name = 'a.log') {
  const path = join(dir, name)
  await writeFile(path, '')
  const file = { paths: [path], looks: 0, grown: 0, size: 0, look: () => {
    file.looks++
    const { size } = statSync(path)
    const isLarger = size > file.size
    file.size = size
    if (isLarger) file.grown++
    return isLarger
  } }
  return file
}

describe('GrowthTicker', () => {
  it('notices growth and lets a quiet file leave the tick after 30 looks', async () => {
    await using dir = await temporaryDir()
    using ticker = new GrowthTicker({ log: listeningLogger().log })
    const file = await growingFile(dir.path)
    ticker.watch(file)
    await appendFile(file.paths[0] ?? '', 'x')
    await until(() => file.grown === 1)
    await until(() => ticker.counts.idle === 1)
    expect(file.looks).toBeGreaterThanOrEqual(30)
    expect(file.looks).toBeLessThan(40)
  })

  it('wakes a quiet file at its next write, long before the sweep', async () => {
    await using dir = await temporaryDir()
    using ticker = new GrowthTicker({ log: listeningLogger().log, sweepMs: 60_000, quietTicks: 2 })
    const file = await growingFile(dir.path)
    ticker.watch(file)
    await until(() => ticker.counts.idle === 1)
    await appendFile(file.paths[0] ?? '', 'x')
    await until(() => file.grown === 1)
  })

  it('finds by its sweep what no watch has told', async () => {
    using ticker = new GrowthTicker({ log: listeningLogger().log, sweepMs: 30, quietTicks: 2 })
    let size = 0
    let seen = 0
    ticker.watch({ paths: [], look: () => size > seen && (seen = size) > 0 })
    await until(() => ticker.counts.idle === 1)
    expect(seen).toBe(0)
    size = 1
    await until(() => seen === 1)
  })

  it('goes without a watch on a file that is gone', async () => {
    const { log, lines } = listeningLogger()
    using ticker = new GrowthTicker({ log, quietTicks: 2 })
    ticker.watch({ paths: ['/nonexistent/file.log'], look: () => false })
    await until(() => ticker.counts.idle === 1)
    expect(lines).toEqual([])
  })

  it('has no timer when there is nothing to watch', async () => {
    await using dir = await temporaryDir()
    using ticker = new GrowthTicker({ log: listeningLogger().log, quietTicks: 2 })
    const before = timers()
    const stop = ticker.watch(await growingFile(dir.path))
    const other = ticker.watch(await growingFile(dir.path, 'b.log'))
    await until(() => ticker.counts.idle === 2)
    stop()
    other()
    expect(ticker.counts).toEqual({ active: 0, idle: 0 })
    expect(timers()).toBeLessThanOrEqual(before)
  })
})

const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout' || name === 'FSEventWrap').length
