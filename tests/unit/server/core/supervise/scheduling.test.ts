import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lowerScheduling } from '../../../../../server/core/supervise/scheduling'
import { waitFor } from '../../../../helpers/wait-for'

/** A kernel that answers each write with the next of `answers`, the last one for ever. */
function kernel(answers: string[]) {
  const state = { writes: 0, waited: 0 }
  const write = () => {
    const code = answers[Math.min(state.writes++, answers.length - 1)]
    if (code !== 'ok') throw Object.assign(new Error(code), { code })
  }
  const wait = async (ms: number) => void (state.waited += ms)
  return { state, options: { write, wait } }
}

describe('lowerScheduling', () => {
  it('writes again every 110 ms while too many are on it', async () => {
    const { state, options } = kernel(['EAGAIN', 'EAGAIN', 'ok'])
    expect(await lowerScheduling(1, options)).toBe(true)
    expect(state).toEqual({ writes: 3, waited: 220 })
  })

  it('gives up after five seconds', async () => {
    const { state, options } = kernel(['EAGAIN'])
    expect(await lowerScheduling(1, options)).toBe(false)
    expect(state.waited).toBeGreaterThan(4900)
    expect(state.waited).toBeLessThan(5200)
  })

  it.each(['ENOENT', 'EACCES', 'ESRCH', 'EPERM'])('gives up at once at %s', async (code) => {
    const { state, options } = kernel([code])
    expect(await lowerScheduling(1, options)).toBe(false)
    expect(state).toEqual({ writes: 1, waited: 0 })
  })

  it('lowers a real session where the kernel has autogroups', async () => {
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    try {
      const isLowered = await lowerScheduling(pid)
      if (isLowered) expect(await waitFor('the group', () => readFileSync(`/proc/${pid}/autogroup`, 'latin1'))).toContain('nice 10')
      else expect(() => readFileSync(`/proc/${pid}/autogroup`)).toThrow('ENOENT')
    }
    finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
})
