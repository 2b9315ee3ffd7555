import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { callerHeaders } from '../../../cli/caller-headers'
import { temporaryDirectory } from '../../helpers/temporary-directory'

describe('callerHeaders', () => {
  it('names the git root, of a clone and of a worktree, from any directory below it', async () => {
    await using directory = await temporaryDirectory()
    const clone = join(directory.path, 'clöne')
    const worktree = join(directory.path, 'worktree')
    await mkdir(join(clone, '.git'), { recursive: true })
    await mkdir(join(clone, 'a/b'), { recursive: true })
    await mkdir(worktree)
    await writeFile(join(worktree, '.git'), 'gitdir: elsewhere')
    expect(callerHeaders('/bin', join(clone, 'a/b'))).toEqual({
      'x-vantage-client': 'cli', 'x-vantage-path': '%2Fbin', 'x-vantage-project': encodeURIComponent(clone),
    })
    expect(callerHeaders('/bin', worktree)['x-vantage-project']).toBe(encodeURIComponent(worktree))
  })

  it('leaves out what there is not, and a PATH too long for a header', async () => {
    await using directory = await temporaryDirectory()
    expect(callerHeaders(undefined, undefined)).toEqual({ 'x-vantage-client': 'cli' })
    expect(callerHeaders('x'.repeat(9000), directory.path)).toEqual({ 'x-vantage-client': 'cli' })
  })
})
