import { readFileSync } from 'node:fs'
import { afterAll } from 'vitest'
import { pidsWithEnvironment } from './processes'
import { waitFor } from './wait-for'

/** Of what is left a word each is enough to find the test. */
const SHOWN = 160

// What a test starts carries this, unless the test says otherwise.
process.env.VANTAGETEST_RUNNER = String(process.pid)

/** A test that timed out cannot end what it has started: its file does, and says so. */
afterAll(async () => {
  const left = () => pidsWithEnvironment(`VANTAGETEST_RUNNER=${process.pid}`)
  await waitFor('what is on its way has ended', () => left().length === 0, 2000).catch(() => undefined)
  const words = left().map(pid => `${pid} ${commandOf(pid)}`)
  await waitFor('nothing is left', () => left().every(pid => !kill(pid)))
  if (words.length > 0) throw new Error(`the tests of this file have left processes behind: ${words.join('; ')}`)
}, 60_000)

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, SHOWN)
  }
  catch {
    return '' // it has just ended by itself
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  }
  catch {
    return false // it has just ended by itself
  }
}
