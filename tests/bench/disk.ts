import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { scratchDirectory } from './host.ts'
import { rowOf, type Row } from './report.ts'
import { timed } from './statistics.ts'

/** What the disk alone costs for one atomic write that survives a loss of power: file and directory synced. */
export async function measureDisk(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  const data = 'x'.repeat(20_000)
  const taken = await timed(50, async () => {
    const file = await open(join(directory.path, 'new'), 'w')
    await file.writeFile(data)
    await file.sync()
    await file.close()
    await rename(join(directory.path, 'new'), join(directory.path, 'file'))
    const dir = await open(directory.path, 'r')
    await dir.sync()
    await dir.close()
  })
  return [rowOf('the disk: write, fsync, rename, fsync of 20 KB', 'ms', taken, { note: 'part of every create' })]
}
