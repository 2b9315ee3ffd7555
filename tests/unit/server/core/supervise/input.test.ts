import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeInput } from '../../../../../server/core/supervise/input'
import { waitFor } from '../../../../helpers/wait-for'
import { shell, startRun } from './test-run'

const open = { options: { stdin: 'open' as const } }

describe('writeInput', () => {
  it('gives a process what is written, in order, and never an end', async () => {
    await using test = await startRun({ ...shell('while read -r line; do echo "got $line"; done; echo end'), ...open })
    await Promise.all(Array.from({ length: 50 }, (_, index) => writeInput(test.ctlDir, `line ${index} ä\n`)))
    const expected = Array.from({ length: 50 }, (_, index) => `got line ${index} ä\n`).join('')
    await waitFor('it has read all', async () => await test.output('stdout') === expected)
  })

  it('gives much at once in one piece, while the process reads it', async () => {
    await using test = await startRun({ ...shell('head -c 1000000 | wc -c'), ...open })
    const halves = ['a', 'b'].map(letter => letter.repeat(500_000))
    await Promise.all(halves.map(text => writeInput(test.ctlDir, text)))
    await test.exited
    expect((await test.output('stdout')).trim()).toBe('1000000')
  })

  it('says how much was taken by a process that does not read', async () => {
    await using test = await startRun({ command: 'sleep', args: ['600'], ...open })
    const refusal = { code: 'VALIDATION_FAILED', details: [{ field: 'text', reason: 'the process does not read its input; 65536 of 70000 bytes were taken' }] }
    const started = performance.now()
    const texts = ['x'.repeat(70_000), 'more', 'and more']
    const outcomes = await Promise.allSettled(texts.map(text => writeInput(test.ctlDir, text, { limitMs: 60 })))
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: refusal })
    expect(outcomes.map(outcome => outcome.status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('goes on where a process takes its time', async () => {
    await using test = await startRun({ ...shell('until [ -e go ]; do sleep 0.02; done; head -c 200000 | wc -c'), ...open })
    await expect(writeInput(test.ctlDir, 'x'.repeat(100_000), { limitMs: 10 })).rejects.toThrow('65536 of 100000 bytes')
    const rest = writeInput(test.ctlDir, 'x'.repeat(200_000 - 65_536), { limitMs: 15_000 })
    await writeFile(join(dirname(test.runDir), 'go'), '')
    await rest
    await test.exited
    expect((await test.output('stdout')).trim()).toBe('200000')
  })

  it('refuses what a process cannot get: it has no input, or has closed it', async () => {
    await using without = await startRun({ command: 'sleep', args: ['600'] })
    await expect(writeInput(without.ctlDir, 'x')).rejects.toThrow('started without input')
    await using closed = await startRun({ ...shell('exec <&-; echo closed; exec sleep 600'), ...open })
    await waitFor('it has closed its input', async () => await closed.output('stdout') === 'closed\n')
    await expect(writeInput(closed.ctlDir, 'x')).rejects.toThrow('the process has closed its input')
  })
})
