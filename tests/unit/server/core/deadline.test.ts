import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { deadline } from '../../../../server/core/deadline'

describe('deadline', () => {
  it('ends by its time, also when memory is tidied up meanwhile', async () => {
    const ends = Array.from({ length: 50 }, () => new Promise<void>(resolve => deadline(100, new AbortController().signal).signal.addEventListener('abort', () => resolve())))
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
    await Promise.all(ends)
  })

  it('ends with its caller, at once where that has gone', () => {
    const caller = new AbortController()
    const end = deadline(60_000, caller.signal)
    expect(end.signal.aborted).toBe(false)
    caller.abort()
    expect(end.signal.aborted).toBe(true)
    expect(deadline(60_000, caller.signal).signal.aborted).toBe(true)
  })

  it('does not end any more once it is disposed of', () => {
    const caller = new AbortController()
    const end = deadline(0, caller.signal)
    end[Symbol.dispose]()
    caller.abort()
    expect(end.signal.aborted).toBe(false)
  })
})
