import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, open, realpath, rm, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface SmallDisk extends AsyncDisposable {
  readonly path: string
  /** Takes every byte that is left. */
  fill: () => Promise<void>
  /** Gives back what `fill` took. */
  empty: () => Promise<void>
  /** Makes `data` read-only for whoever opens something in it from now on. */
  protect: () => Promise<void>
  unprotect: () => Promise<void>
}

/** Why there can be no disk of our own here, or undefined: it takes root, and a kernel that lets it mount. */
export function whyNoDisk(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'vantage-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path], { stdio: 'ignore' })
    execFileSync('umount', [path])
    return undefined
  }
  catch {
    return 'mounting a small disk needs root'
  }
  finally {
    rmSync(path, { recursive: true })
  }
}

/** Mounts an empty file system of `megabytes` in memory; unmounted at the end of its scope. */
export async function smallDisk(megabytes: number): Promise<SmallDisk> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'vantage-disk-')))
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  const data = join(path, 'data')
  await mkdir(data, { mode: 0o700 })
  const filler = join(path, 'filler')
  return {
    path,
    async fill() {
      const file = await open(filler, 'a')
      try {
        for (const size of [65_536, 4096]) await appendWhilePossible(file, size)
      }
      finally {
        await file.close()
      }
    },
    empty: () => rm(filler, { force: true }),
    async protect() {
      await run('mount', ['--bind', data, data])
      await run('mount', ['-o', 'remount,bind,ro', data])
    },
    unprotect: async () => void await run('umount', [data]),
    async [Symbol.asyncDispose]() {
      await run('umount', ['--lazy', '--recursive', path])
      await rm(path, { recursive: true, force: true })
    },
  }
}

async function appendWhilePossible(file: { appendFile: (data: Buffer) => Promise<void> }, size: number): Promise<void> {
  try {
    for (;;) await file.appendFile(Buffer.alloc(size, 1))
  }
  catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}
