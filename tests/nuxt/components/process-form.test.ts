import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import ProcessForm from '~/components/process/ProcessForm.vue'
import { useConnectionStore } from '~/stores/connection'
import { processInfo } from '../process-info'
import { answerRequests, health, TestSocket } from '../stores/fake-host'

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

/** Connects the page to a host that answers like this: a form that is offline sends nothing. */
async function connectTo(answers: Parameters<typeof answerRequests>[0]) {
  vi.stubGlobal('WebSocket', TestSocket)
  const calls = answerRequests({ 'GET /api/health': () => health(1), ...answers })
  const connection = useConnectionStore()
  connection.connect()
  TestSocket.last.accept()
  await vi.waitFor(() => expect(connection.phase).toBe('connected'))
  return calls
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
    const body: unknown = JSON.parse(String(calls.find(({ key }) => key === 'POST /api/processes')?.init.body))
    expect(body).toEqual({ id: 'tick', command: 'sh', args: ['a b'], env: { A: '1' }, auto_start_on_restore: false })
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
})
