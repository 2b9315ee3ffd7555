import { expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { failpoints } from './failpoints'
import { create, infoOf, linesOf, run, untilOnly } from './playground'

it('an error that nobody expects ends the host with code 1 and its words, and the next one goes on with everything', async () => {
  await using directory = await temporaryDirectory()
  const dataDir = `${directory.path}/data`
  await using first = await startHost({ dataDir, env: failpoints() })
  const { pid } = await run(first, { id: 'web', command: 'sh', args: ['-c', 'n=0; while :; do n=$((n+1)); echo "line $n"; sleep 0.05; done'] })
  await create(first, { id: 'idle', command: 'true' })
  await waitFor('some lines', async () => (await linesOf(first, 'web')).length > 5)
  expect(await first.end('SIGPWR')).toEqual({ code: 1, signal: null })
  expect(first.log()).toContain('an error that nobody expects')
  await using second = await startHost({ dataDir })
  expect(await infoOf(second, 'web')).toMatchObject({ state: 'Running', pid, run: 1 })
  expect((await infoOf(second, 'idle')).state).toBe('NotStarted')
  const lines = await waitFor('new lines', async () => {
    const found = await linesOf(second, 'web', 'lines=1000')
    return found.length > 20 && found
  })
  expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`))
  await untilOnly('web', [pid])
})
