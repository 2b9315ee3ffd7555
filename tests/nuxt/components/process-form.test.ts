import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import ProcessForm from '~/components/process/ProcessForm.vue'
import { processInfo } from '../process-info'
import { bodiesOf, connectTo } from './host-page'

/** The dialog is in body, outside of what the mount gives. */
function inDialog(selector: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`dialog ${selector}`)
  if (!found) throw new Error(`there is no ${selector}`)
  return found
}

function type(label: string, text: string): void {
  const field = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('dialog input, dialog textarea')]
    .find(element => element.getAttribute('aria-label') === label || element.labels?.[0]?.textContent === label)
  if (!field) throw new Error(`there is no field ${label}`)
  field.value = text
  field.dispatchEvent(new Event('input'))
}

function press(name: string): void {
  const button = [...document.querySelectorAll<HTMLButtonElement>('dialog button')].find(element => element.textContent?.trim() === name)
  if (!button) throw new Error(`there is no button ${name}`)
  button.click()
}

afterEach(() => vi.unstubAllGlobals())

describe('the form of a process', () => {
  it('sends what was typed, closes, and starts where asked', async () => {
    const calls = await connectTo({
      'POST /api/processes': () => ({ status: 201, body: processInfo({ id: 'tick' }) }),
      'POST /api/processes/tick/start': () => ({ body: processInfo({ id: 'tick' }) }),
    })
    const form = await mountSuspended(ProcessForm)
    type('ID', 'tick')
    type('Command', 'sh')
    type('Arguments', 'a b')
    type('Environment name', 'A')
    type('Environment value', '1')
    press('Create and start')
    await vi.waitFor(() => expect(calls.map(({ key }) => key)).toContain('POST /api/processes/tick/start'))
    expect(form.emitted('close')).toHaveLength(1)
    expect(bodiesOf(calls, 'POST /api/processes'))
      .toEqual([{ id: 'tick', command: 'sh', args: ['a b'], env: { A: '1' }, auto_start_on_restore: false }])
    form.unmount()
  })

  it('marks the refused field, focuses it, and says what the host says', async () => {
    await connectTo({
      'POST /api/processes': () => ({
        status: 409,
        body: { error: { code: 'PROCESS_EXISTS', message: 'A process "tick" exists already.', hint: 'Choose another id.' } },
      }),
    })
    const form = await mountSuspended(ProcessForm)
    type('ID', 'tick')
    press('Create and start')
    await vi.waitFor(() => expect(inDialog('[aria-invalid=true]')).toBe(document.activeElement))
    await nextTick()
    expect(inDialog('.v-field-error').textContent).toContain('A process "tick" exists already.')
    expect(inDialog('[role=alert]').textContent).toContain('Choose another id.')
    expect(form.emitted('close')).toBeUndefined()
    form.unmount()
  })

  it('sends nothing but what was changed, and puts a refusal of the folded part where it can be seen', async () => {
    const process = processInfo({ id: 'web', tags: ['t'], ready: { http: 'http://x/', timeout_ms: 60_000, interval_ms: 250, keep_checking: false } })
    const calls = await connectTo({
      'PATCH /api/processes/web': () => ({
        status: 400,
        body: { error: { code: 'VALIDATION_FAILED', message: 'm', hint: 'h', details: [{ field: 'ready.http', reason: 'must be an http or https URL' }] } },
      }),
    })
    const form = await mountSuspended(ProcessForm, { props: { process } })
    type('URL', 'y')
    press('Save')
    await vi.waitFor(() => expect(inDialog('[aria-invalid=true]')).toBe(document.activeElement))
    expect(bodiesOf(calls, 'PATCH /api/processes/web')).toEqual([{ ready: { ...process.ready, http: 'y' } }])
    expect(inDialog('details').hasAttribute('open')).toBe(true)
    expect(inDialog('.v-field-error').textContent).toContain('must be an http or https URL')
    form.unmount()
  })

  it('lets a person set what agents may do with the process, and shows it when it is set', async () => {
    const process = processInfo({ id: 'web' })
    const calls = await connectTo({ 'PATCH /api/processes/web': () => ({ body: process }) })
    const form = await mountSuspended(ProcessForm, { props: { process } })
    const field = () => [...document.querySelectorAll<HTMLSelectElement>('dialog select')].find(({ labels }) => labels[0]?.textContent === 'Agents')
    expect([field()?.value, inDialog('details').hasAttribute('open')]).toEqual(['allow', false])
    const select = field()
    if (select) select.value = 'read_only'
    select?.dispatchEvent(new Event('change'))
    press('Save')
    await vi.waitFor(() => expect(bodiesOf(calls, 'PATCH /api/processes/web')).toEqual([{ agents: 'read_only' }]))
    form.unmount()
    const again = await mountSuspended(ProcessForm, { props: { process: { ...process, agents: 'read_only' } } })
    expect([field()?.value, inDialog('details').hasAttribute('open')]).toEqual(['read_only', true])
    again.unmount()
  })
})
