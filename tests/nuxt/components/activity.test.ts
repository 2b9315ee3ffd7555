import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import type { ActivityEntry } from '#shared/schemas/activity'
import ActivityItem from '~/components/activity/ActivityItem.vue'
import AgentsSwitch from '~/components/activity/AgentsSwitch.vue'
import LastActivity from '~/components/activity/LastActivity.vue'
import AgentsNote from '~/components/shell/AgentsNote.vue'
import ToastHost from '~/components/shell/ToastHost.vue'
import ActivityPage from '~/pages/activity.vue'
import { useActivityStore } from '~/stores/activity'
import { useHostSettingsStore } from '~/stores/host-settings'
import { useProcessesStore } from '~/stores/processes'
import { useUiStore } from '~/stores/ui'
import { activityEntry } from '../activity-entry'
import { processInfo } from '../process-info'
import { TestSocket } from '../stores/fake-host'
import { bodiesOf, connectTo } from './host-page'

/** The page's clock stands at this moment. */
const NOW = Date.parse('2026-01-01T12:00:00.000Z')
const START = 'POST /api/processes/web/start'
const DELETE = 'DELETE /api/processes/web?force=true'
const at = (milliseconds: number) => new Date(NOW + milliseconds).toISOString()
const undo = { method: 'POST', path: '/api/processes/web/start' } as const

/** Connects the page and reads this activity. */
async function withActivity(entries: ActivityEntry[], answers: Parameters<typeof connectTo>[0] = {}) {
  const calls = await connectTo({ 'GET /api/activity?limit=100': () => ({ body: entries }), ...answers })
  await useActivityStore().load()
  return calls
}

const settings = (agents: string) => ({ agents, default_log_bytes: 65_536, activity_limit: 10 })
const told = (part: Partial<ActivityEntry>) => TestSocket.last.say({ topic: 'events', type: 'activity.added', data: activityEntry(part), cursor: 'e-1' })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  useProcessesStore().byId.clear()
  useProcessesStore().byId.set('web', processInfo({}))
  useActivityStore().takenBack.clear()
  const ui = useUiStore()
  ui.toasts.forEach(({ key }) => ui.dismiss(key))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('an entry of the activity', () => {
  it.each([
    [activityEntry({ action: 'start_process', summary: 'Started web (pid 4242) and db' }), 'Claude Code', 'started web (pid 4242) and db'],
    [activityEntry({ actor: { kind: 'cli', name: 'cli' }, action: 'stop_group', process_id: undefined, arguments: { group: 'shop' }, summary: 'Stopped the group shop: a, b' }), 'CLI', 'stopped the group shop: a, b'],
    [activityEntry({ actor: { kind: 'dashboard', name: 'dashboard' }, action: 'update_settings', process_id: undefined, arguments: { agents: 'read_only' } }), 'Dashboard', 'changed the settings: Agents may only look'],
    [activityEntry({ actor: { kind: 'api', name: 'deploy' }, action: 'shake', summary: 'Shook web twice' }), 'deploy', 'Shook web twice'],
    [activityEntry({ actor: { kind: 'api', name: 'api' }, action: 'shake', process_id: undefined, summary: 'Shook it' }), 'API', 'Shook it'],
  ])('says who did what %#', async (entry, who, what) => {
    const item = await mountSuspended(ActivityItem, { props: { entry } })
    expect(item.get('.v-actor').text()).toBe(who)
    expect(item.get('.v-act-what').text().replaceAll(/\s+/g, ' ')).toBe(what)
    item.unmount()
  })

  it('says what failed in words and by its code, and leads to its process while that exists', async () => {
    const entry = activityEntry({ result: 'NOT_RUNNING', summary: 'Process "web" is not running.' })
    const item = await mountSuspended(ActivityItem, { props: { entry } })
    expect(item.get('.v-act-what > span').text()).toBe('tried to stop web')
    expect(item.findAll('.v-act-error p').map(line => line.text()))
      .toEqual(['Failed: It is not running', 'Process "web" is not running. NOT_RUNNING'])
    expect(item.get('a').attributes('href')).toBe('/processes/web')
    useProcessesStore().byId.clear()
    await nextTick()
    expect(item.find('a').exists()).toBe(false)
    item.unmount()
  })

  it('is taken back by its own call, and says so', async () => {
    const entry = activityEntry({ at: at(-1000), undo })
    const calls = await withActivity([entry], { [START]: () => ({ body: processInfo({}) }) })
    const item = await mountSuspended(ActivityItem, { props: { entry } })
    expect(item.get('button').attributes('aria-label')).toBe('Undo: Claude Code stopped web')
    await item.get('button').trigger('click')
    await vi.waitFor(() => expect(item.text()).toContain('Taken back'))
    expect(item.find('button').exists()).toBe(false)
    expect(calls.map(({ key }) => key)).toContain(START)
    item.unmount()
  })

  it('keeps its Undo and tells why when that is refused', async () => {
    const entry = activityEntry({ at: at(-1000), undo })
    await withActivity([entry], { [START]: () => ({ status: 400, body: { error: { code: 'COMMAND_NOT_FOUND', message: 'no such command', hint: '' } } }) })
    const item = await mountSuspended(ActivityItem, { props: { entry } })
    await item.get('button').trigger('click')
    await vi.waitFor(() => expect(useUiStore().toasts).toMatchObject([{ kind: 'failed', error: { code: 'COMMAND_NOT_FOUND' } }]))
    expect([item.find('button').exists(), item.text().includes('Taken back')]).toEqual([true, false])
    item.unmount()
  })

  it('asks before its Undo removes something', async () => {
    const entry = activityEntry({ at: at(-1000), action: 'create_process', undo: { method: 'DELETE', path: '/api/processes/web?force=true' } })
    const calls = await withActivity([entry], { [DELETE]: () => ({ status: 204 }) })
    const item = await mountSuspended(ActivityItem, { props: { entry } })
    const sent = () => calls.filter(({ key }) => key === DELETE).length
    await item.get('button').trigger('click')
    expect(document.querySelector('dialog')?.textContent).toContain('web is removed with its log')
    document.querySelector<HTMLButtonElement>('dialog footer .btn:not(.btn-danger)')?.click()
    await nextTick()
    expect([document.querySelector('dialog'), sent()]).toEqual([null, 0])
    await item.get('button').trigger('click')
    document.querySelector<HTMLButtonElement>('dialog .btn-danger')?.click()
    await vi.waitFor(() => expect(item.text()).toContain('Taken back'))
    expect(sent()).toBe(1)
    item.unmount()
  })

  it('loses its Undo by itself when its time is over', async () => {
    const entry = activityEntry({ at: at(-600_000 + 500), undo })
    await withActivity([entry])
    const item = await mountSuspended(ActivityItem, { props: { entry } })
    expect(item.find('button').exists()).toBe(true)
    vi.setSystemTime(NOW + 1000)
    await vi.waitFor(() => expect(item.find('button').exists()).toBe(false), { timeout: 5000 })
    item.unmount()
  })
})

describe('the page of the activity', () => {
  const byPerson = activityEntry({ seq: 3, actor: { kind: 'dashboard', name: 'dashboard' }, process_id: 'db', summary: 'Stopped db' })

  it('is narrowed by the URL, and grows while it is looked at', async () => {
    await withActivity([byPerson, activityEntry({ seq: 2 })])
    const page = await mountSuspended(ActivityPage, { route: '/activity?actor=agent&process=web' })
    const rows = () => page.findAll('.v-act-what').map(row => row.text())
    expect(rows()).toEqual(['stopped web'])
    expect(page.get('[aria-pressed=true]').text()).toBe('Agents')
    expect(page.get<HTMLSelectElement>('.v-filters select').element.value).toBe('web')
    useActivityStore().entries = [activityEntry({ seq: 4, action: 'remove_process' }), ...useActivityStore().entries]
    await nextTick()
    expect(rows()).toEqual(['removed web with its log', 'stopped web'])
    page.unmount()
  })

  it('answers a filter from the older ones too', async () => {
    const newer = Array.from({ length: 100 }, (_, index) => activityEntry({ seq: 200 - index }))
    await withActivity(newer, { 'GET /api/activity?limit=500&before=101': () => ({ body: [byPerson] }) })
    const page = await mountSuspended(ActivityPage, { route: '/activity?process=db' })
    await vi.waitFor(() => expect(page.findAll('.v-act-what').map(row => row.text())).toEqual(['stopped db']))
    expect(page.find('.v-older').exists()).toBe(false)
    page.unmount()
  })

  it('shows 50, and 50 more each time it is asked', async () => {
    await withActivity(Array.from({ length: 70 }, (_, index) => activityEntry({ seq: 70 - index })))
    const page = await mountSuspended(ActivityPage, { route: '/activity' })
    expect(page.findAll('.v-act')).toHaveLength(50)
    await page.get('.v-older').trigger('click')
    await vi.waitFor(() => expect([page.findAll('.v-act').length, page.find('.v-older').exists()]).toEqual([70, false]))
    page.unmount()
  })

  it('says that nothing was done yet, and what could not be read', async () => {
    await withActivity([])
    const page = await mountSuspended(ActivityPage, { route: '/activity' })
    expect(page.text()).toContain('Nothing has been done yet')
    await connectTo({ 'GET /api/activity?limit=100': () => ({ status: 500, body: { error: { code: 'INTERNAL', message: 'broken', hint: '' } } }) })
    await useActivityStore().load()
    await nextTick()
    expect(page.get('[role=alert]').text()).toContain('The activity could not be loaded')
    page.unmount()
  })
})

describe('what was last done to a process', () => {
  it('is one line that leads to all of it', async () => {
    await withActivity([activityEntry({ at: at(-120_000), action: 'restart_process' })])
    const line = await mountSuspended(LastActivity, { props: { id: 'web' } })
    expect(line.text()).toBe('Claude Code restarted web 2 m ago')
    expect(line.get('a').attributes('href')).toBe('/activity?process=web')
    line.unmount()
  })
})

describe('what agents may do', () => {
  it('is set by a person, and said on every page while it is less than all', async () => {
    const calls = await connectTo({
      'GET /api/settings': () => ({ body: settings('allow') }),
      'PATCH /api/settings': () => ({ body: settings('read_only') }),
    })
    useHostSettingsStore().begin()
    await vi.waitFor(() => expect(useHostSettingsStore().value?.agents).toBe('allow'))
    const note = await mountSuspended(AgentsNote)
    const choice = await mountSuspended(AgentsSwitch)
    expect([note.text(), choice.get('label').text()]).toEqual(['', 'Agents may'])
    await choice.get('select').setValue('read_only')
    await vi.waitFor(() => expect(note.text()).toBe('Agents may only look'))
    expect(bodiesOf(calls, 'PATCH /api/settings')).toEqual([{ agents: 'read_only' }])
    note.unmount()
    choice.unmount()
  })
})

describe('what agents change while a page is open', () => {
  const agentNews = { action: 'stop_process', undo }
  const texts = (host: { findAll: (selector: string) => { text: () => string }[] }) => host.findAll('.v-toast strong').map(toast => toast.text())

  it('is said in passing, with its Undo', async () => {
    const calls = await withActivity([], { [START]: () => ({ body: processInfo({}) }) })
    const host = await mountSuspended(ToastHost, { route: '/' })
    told({ seq: 1, ...agentNews })
    told({ seq: 2, actor: { kind: 'cli', name: 'cli' } })
    told({ seq: 3, action: 'start_process' })
    told({ seq: 4, result: 'NOT_RUNNING' })
    await nextTick()
    expect(texts(host)).toEqual(['Claude Code stopped web'])
    await host.get('.v-undo').trigger('click')
    await vi.waitFor(() => expect(host.text()).toContain('Taken back'))
    expect(calls.map(({ key }) => key)).toContain(START)
    host.unmount()
  })

  it('becomes one message when it is much at once, and nothing where the page shows it anyway', async () => {
    await withActivity([])
    vi.setSystemTime(NOW + 60_000)
    const host = await mountSuspended(ToastHost, { route: '/' })
    for (let seq = 1; seq <= 5; seq++) told({ seq, ...agentNews })
    await nextTick()
    expect(texts(host)).toEqual(['Claude Code made 5 changes'])
    expect(host.get('.v-toast a').attributes('href')).toBe('/activity?actor=agent')
    host.unmount()
    useUiStore().toasts.forEach(({ key }) => useUiStore().dismiss(key))
    const there = await mountSuspended(ToastHost, { route: '/activity' })
    told({ seq: 9, ...agentNews })
    await nextTick()
    expect(texts(there)).toEqual([])
    there.unmount()
  })
})
