import { describe, expect, it, vi } from 'vitest'
import type { OperationContext } from '../../../../server/operations/define'
import { getDashboard } from '../../../../server/operations/get-dashboard'
import { getProcessStatus } from '../../../../server/operations/get-process-status'
import { listProcesses } from '../../../../server/operations/list-processes'
import { define, openEngine } from '../../../helpers/engine'

/** A real engine, in which measuring is what the test says. */
async function contextWith(refresh: (maxAgeMs?: number) => Promise<void>) {
  const engine = await openEngine()
  const { vantage } = engine
  const measuring = vi.spyOn(vantage.metrics, 'refresh').mockImplementation(refresh)
  await vantage.processes.create(define({ id: 'web', command: 'true' }), {})
  const context: OperationContext = { vantage, actor: { kind: 'api', name: 'api' }, caller: {}, signal: new AbortController().signal }
  return {
    context,
    async [Symbol.asyncDispose]() {
      measuring.mockRestore()
      await engine[Symbol.asyncDispose]()
    },
  }
}

const web = expect.objectContaining({ id: 'web', state: 'NotStarted' })

describe('answers with numbers', () => {
  it('are measured first, unless that was done within a second', async () => {
    const ages: (number | undefined)[] = []
    await using opened = await contextWith(async age => void ages.push(age))
    await getProcessStatus.handler({ id: 'web' }, opened.context)
    await listProcesses.handler({}, opened.context)
    await getDashboard.handler({}, opened.context)
    expect(ages).toEqual([1000, 1000, 1000])
  })

  it('come without them when they cannot be measured', async () => {
    await using opened = await contextWith(() => Promise.reject(new Error('no /proc')))
    expect(await getProcessStatus.handler({ id: 'web' }, opened.context)).toEqual(web)
    expect(await listProcesses.handler({}, opened.context)).toEqual([web])
    expect(await getDashboard.handler({}, opened.context)).toMatchObject({ processes: [web] })
  })
})
