import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LiveFiles } from '../../../../../server/core/logs/live-files'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'

/** Writes a byte to stdout and then one to stderr, 5000 times with a pause. */
const PAIRS = `const { writeSync } = require('node:fs'), pause = new Int32Array(new SharedArrayBuffer(4))
for (let i = 0; i < 5000; i++) { writeSync(1, 'o'); writeSync(2, 'e'); Atomics.wait(pause, 0, 0, 0.1) }`

describe('LiveFiles', () => {
  it('shows both files as of one moment', async () => {
    await using directory = await temporaryDirectory()
    const paths = { stdout: join(directory.path, 'stdout.log'), stderr: join(directory.path, 'stderr.log') }
    const [stdout, stderr] = [await open(paths.stdout, 'a'), await open(paths.stderr, 'a')]
    const writer = spawn(process.execPath, ['-e', PAIRS], { stdio: ['ignore', stdout.fd, stderr.fd] })
    const ended = once(writer, 'exit')
    await Promise.all([stdout.close(), stderr.close()])
    const files = await LiveFiles.open(paths)
    let pairs = 0
    while (pairs < 5000) {
      for (let looks = 0; looks < 1000; looks++) {
        const seen = files.lookAtBoth()
        pairs = seen.stderr.size
        expect([pairs, pairs + 1]).toContain(seen.stdout.size)
      }
      await new Promise(resolve => setImmediate(resolve))
    }
    await ended
    await files.close()
  })
})
