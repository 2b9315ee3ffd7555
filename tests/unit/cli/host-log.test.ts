import { spawnSync } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openHostLog, tailOfHostLog } from '../../../mcp/host-log'
import { temporaryDirectory } from '../../helpers/temporary-directory'

const MIB = 1024 * 1024

describe('host.log', () => {
  it('belongs to its owner only, and begins anew from the end of a long one', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'host.log')
    await writeFile(file, Array.from({ length: 20_000 }, (_, n) => `line ${n} ${'x'.repeat(40)}\n`).join(''), { mode: 0o644 })
    openHostLog(directory.path).close()
    const { size, mode } = await stat(file)
    expect(mode & 0o777).toBe(0o600)
    expect(size).toBeLessThanOrEqual(MIB / 4)
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    expect(lines[0]).toMatch(/^line \d+ x{40}$/)
    expect(lines.at(-1)).toContain('line 19999 ')
  })

  it('is quoted by its last lines', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'host.log'), Array.from({ length: 100 }, (_, n) => `line ${n}\n`).join(''))
    expect(tailOfHostLog(directory.path).split('\n')).toEqual(Array.from({ length: 12 }, (_, n) => `line ${n + 88}`))
  })

  it('never grows beyond 1 MiB while a host writes, and keeps the newest', async () => {
    await using directory = await temporaryDirectory()
    const { fd, close } = openHostLog(directory.path)
    const script = `
      import { capHostLog } from ${JSON.stringify(new URL('../../../bin/host-log.mjs', import.meta.url).href)}
      import { fstatSync } from 'node:fs'
      capHostLog()
      let most = 0
      for (let n = 0; n < 40000; n++) {
        process.stderr.write('line ' + n + ' ' + 'x'.repeat(90) + '\\n')
        if (n % 100 === 0) most = Math.max(most, fstatSync(2).size)
      }
      process.stdout.write(String(most))`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', fd] })
    close()
    expect(Number(stdout.toString())).toBeGreaterThan(MIB / 2)
    expect(Number(stdout.toString())).toBeLessThanOrEqual(MIB)
    const lines = (await readFile(join(directory.path, 'host.log'), 'utf8')).trimEnd().split('\n')
    expect(lines.at(-1)).toContain('line 39999 ')
    expect(lines[0]).toMatch(/^line \d+ x{90}$/)
  })
})
