import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import type { ProcessInfo } from '#shared/schemas/process-info'
import LogInput from '~/components/log/LogInput.vue'
import LogRow from '~/components/log/LogRow.vue'
import GroupActions from '~/components/process/GroupActions.vue'
import ProcessActions from '~/components/process/ProcessActions.vue'
import ProcessBadges from '~/components/process/ProcessBadges.vue'
import ProcessSentence from '~/components/process/ProcessSentence.vue'
import RunList from '~/components/process/RunList.vue'
import StatusPill from '~/components/ui/StatusPill.vue'
import { processInfo } from '../process-info'
import { bodiesOf, connectTo } from './host-page'

/** The page's clock stands still at this moment. */
const NOW = Date.parse('2026-01-01T12:00:00.000Z')
const inMs = (milliseconds: number) => new Date(NOW + milliseconds).toISOString()
const backoff = processInfo({ state: 'Failed', phase: 'backoff', exit_code: 1, restart_count: 5, next_restart_at: inMs(7500) })
const waiting = processInfo({ phase: 'waiting', waiting_for: { db: 'ready' } })
const running = (part: Partial<ProcessInfo>) => processInfo({ state: 'Running', phase: 'running', run: 1, started_at: inMs(-9000), ...part })

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }))
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the words of supervision', () => {
  it.each([
    [waiting, 'Waiting for db'],
    [processInfo({ phase: 'waiting', waiting_for: { a: 'ready', b: 'started', c: 'ready' } }), 'Waiting for a, b +1'],
    [backoff, 'Restarting in 8 s (5)'],
    [{ ...backoff, next_restart_at: inMs(-10) }, 'Restarting… (5)'],
    [running({ phase: 'starting' }), 'Starting…'],
    [running({ phase: 'unready' }), 'Not answering'],
  ])('name what a process does %#', async (process, words) => {
    await connectTo({})
    const pill = await mountSuspended(StatusPill, { props: { process } })
    expect(pill.get('.status').text()).toBe(words)
    pill.unmount()
  })

  it('count one that waits for its next try as restarting, not as failed', async () => {
    await connectTo({})
    const processes = [backoff, waiting, running({}), running({ phase: 'starting' }), processInfo({ state: 'Failed', failed_at: inMs(-3100) })]
    const sentence = await mountSuspended(ProcessSentence, { props: { processes } })
    expect(sentence.text()).toBe('1 failed 3 s ago, 1 restarting, 1 waiting, 1 starting, 1 running')
    sentence.unmount()
  })

  it('say what else is true of a run', async () => {
    const process = running({ throttled: true, truncated: true, leftovers_ended: true, agents: 'read_only' })
    const badges = await mountSuspended(ProcessBadges, { props: { process } })
    expect(badges.findAll('.v-badge').map(badge => badge.text())).toEqual(['Slowed down', 'Log was cut by the program', 'Leftovers ended', 'Agents may only look'])
    badges.unmount()
  })
})

describe('the controls of a process', () => {
  it.each([['waiting', waiting, ['Stop web', 'Restart web']], ['in backoff', backoff, ['Start web', 'Stop web']]])(
    'offer what makes sense while it is %s', async (_, process, names) => {
      const actions = await mountSuspended(ProcessActions, { props: { process, named: true } })
      expect(actions.findAll('button').map(button => button.attributes('aria-label')).slice(0, -2)).toEqual(names)
      actions.unmount()
    })
})

describe('the list of runs', () => {
  it('tells newest first how each ended, and leads to its log', async () => {
    await connectTo({ 'GET /api/processes/web/runs': () => ({ body: [
      { run: 2, started_at: inMs(-60_000), ended_at: inMs(-30_000), signal: 'SIGKILL', reason: 'stopped by a person' },
      { run: 1, started_at: inMs(-90_000), ended_at: inMs(-61_000), exit_code: 3 },
      { run: 3, started_at: inMs(-9000) },
    ] }) })
    const list = await mountSuspended(RunList, { props: { process: running({ run: 3 }) } })
    await vi.waitFor(() => expect(list.findAll('.v-run')).toHaveLength(3))
    const cells = list.findAll('.v-run').map(row => row.findAll('td').map(cell => cell.text()))
    expect(cells.map(([run, , , end]) => [run, end])).toEqual([['3', 'Running'], ['2', 'by SIGKILLstopped by a person'], ['1', 'exit code 3']])
    expect(list.findAll('a').map(link => link.attributes('href'))).toEqual(['/?run=3', '/?run=2', '/?run=1'])
    list.unmount()
  })

  it('is told of in the log where the next run begins', async () => {
    const at = '2026-01-01T12:00:00.000Z'
    const row = await mountSuspended(LogRow, { props: {
      row: { kind: 'run', run: 5 }, run: { run: 5, started_at: at }, earlier: { run: 4, started_at: at, ended_at: at, exit_code: 7 },
    } })
    expect(row.text()).toMatch(/^run 4 ended: exit code 7, \S+ · run 5, started \S+$/)
    await row.setProps({ earlier: undefined })
    expect(row.text()).toMatch(/^run 5, started \S+$/)
    row.unmount()
  })
})

describe('the input of a process', () => {
  const PATH = 'POST /api/processes/web/input'

  it('sends a line on Enter, brings it back with ArrowUp, and sends nothing while a word is being composed', async () => {
    const calls = await connectTo({ [PATH]: () => ({ status: 204 }) })
    const input = await mountSuspended(LogInput, { props: { id: 'web' } })
    const field = input.get('input')
    await field.setValue('はい')
    await field.trigger('keydown', { key: 'Enter', isComposing: true })
    await field.trigger('keydown', { key: 'Enter' })
    await vi.waitFor(() => expect(field.element.value).toBe(''))
    expect(bodiesOf(calls, PATH)).toEqual([{ text: 'はい\n' }])
    await field.trigger('keydown', { key: 'ArrowUp' })
    expect(field.element.value).toBe('はい')
    input.unmount()
  })

  it('keeps what was not sent and says why', async () => {
    await connectTo({ [PATH]: () => ({ status: 409, body: { error: { code: 'NOT_RUNNING', message: 'Process "web" is not running.', hint: 'x' } } }) })
    const input = await mountSuspended(LogInput, { props: { id: 'web' } })
    await input.get('input').setValue('quit')
    await input.get('button').trigger('click')
    await vi.waitFor(() => expect(input.get('[role=alert]').text()).toContain('Process "web" is not running.'))
    expect(input.get('input').element.value).toBe('quit')
    input.unmount()
  })
})

describe('the controls of a group', () => {
  it('start at once, ask before they stop, and offer only what some process allows', async () => {
    const calls = await connectTo({ 'POST /api/groups/my%20app/start': () => ({ body: [] }), 'POST /api/groups/my%20app/stop': () => ({ body: [] }) })
    const processes = [running({ id: 'web' }), processInfo({ id: 'db' })]
    const group = await mountSuspended(GroupActions, { props: { group: 'my app', processes } })
    const press = async (name: string) => await group.findAll('button').find(button => button.text() === name)?.trigger('click')
    const sent = () => calls.map(({ key }) => key).filter(key => key.startsWith('POST'))
    await press('Start all')
    await vi.waitFor(() => expect(sent()).toEqual(['POST /api/groups/my%20app/start']))
    await vi.waitFor(() => expect(group.find('[aria-busy=true]').exists()).toBe(false))
    await press('Stop all')
    await nextTick()
    expect(document.querySelector('dialog')?.textContent).toContain('These are stopped: web')
    expect(sent()).toHaveLength(1)
    document.querySelector<HTMLButtonElement>('dialog .btn-danger')?.click()
    await vi.waitFor(() => expect(sent()).toEqual(['POST /api/groups/my%20app/start', 'POST /api/groups/my%20app/stop']))
    await group.setProps({ processes: [processInfo({ id: 'db' })] })
    await vi.waitFor(() => {
      expect(group.findAll('button').map(button => button.attributes('aria-disabled'))).toEqual(['false', 'true', 'false'])
    })
    group.unmount()
  })
})
