import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { linux } from '../../../../../server/core/supervise/linux'
import { inTurns, scanProcesses } from '../../../../../server/core/supervise/scan'
import { waitFor } from '../../../../helpers/wait-for'

/** Works for longer than a scan may hold the event loop. */
function work() {
  const end = performance.now() + 6
  while (performance.now() < end);
}

describe('inTurns', () => {
  it('gives all items in order and lets others have their turn in between', async () => {
    const seen: (number | string)[] = []
    setImmediate(() => seen.push('turn'))
    for await (const item of inTurns([1, 2])) {
      work()
      seen.push(item)
    }
    expect(seen).toEqual([1, 'turn', 2])
  })
})

describe('scanProcesses', () => {
  it('finds this process and its parent', async () => {
    const pids = (await scanProcesses(linux)).map(({ pid }) => pid)
    expect(pids).toEqual(expect.arrayContaining([process.pid, process.ppid]))
  })
})

describe('openSocketCount', () => {
  it('differs once a socket more listens', async () => {
    const before = linux.openSocketCount()
    expect(before).toMatch(/^TCP: inuse \d+,(?:TCP6: inuse \d+)?$/)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      await waitFor('another count', () => linux.openSocketCount() !== before)
    }
    finally {
      server.close()
    }
  })
})
