import { describe, expect, it } from 'vitest'
import type { ProcessDefinition } from '#shared/schemas/definition'
import { argumentRow, toBody, toForm, variableRow } from '~/composables/definition-form'
import { toPatch } from '~/composables/definition-patch'
import { dependencyRow } from '~/composables/supervision-form'

const definition: ProcessDefinition = {
  id: 'web', command: 'node', args: ['', 'x\ny'], env: { A: '1', B: '' }, cwd: '/srv', auto_start_on_restore: true,
  description: 'd', group: 'g', project: '/p', tags: ['t'], assign_ports: { PORT: 'auto' },
  restart: { policy: 'always', max_retries: 3, backoff_ms: 100, max_backoff_ms: 200, reset_after_ms: 300 },
  ready: { http: 'http://localhost:3000/', status: 204, timeout_ms: 1500, interval_ms: 250, keep_checking: true },
  depends_on: { db: 'ready', cache: 'started' },
  stop: { signal: 'SIGINT', grace_ms: 2500, command: ['halt', 'now'] },
  env_file: ['a.env'], stdin: 'open', output: 'file',
  limits: { memory_bytes: 500_000_000, open_files: 64 },
  watch: { paths: ['src/**'], debounce_ms: 300 },
  agents: 'read_only', lifetime: 'session',
}

describe('the form of a definition', () => {
  it('sends what was typed, leaves empty rows and empty fields out, and passes an empty text where asked', () => {
    const form = toForm()
    form.id = 'web'
    form.command = 'node'
    form.args = [argumentRow(' a b '), argumentRow(), argumentRow('', true), argumentRow('$HOME "x"')]
    form.env = [variableRow('A', ''), variableRow()]
    expect(toBody(form)).toEqual({ id: 'web', command: 'node', args: [' a b ', '', '$HOME "x"'], env: { A: '' }, auto_start_on_restore: false })
  })

  it('sends the supervision in the units of the wire', () => {
    const form = toForm()
    Object.assign(form, {
      id: 'api', command: 'x', restartPolicy: 'on_failure', maxRetries: '2', readyKind: 'delay_ms', readyValue: '1.5', readyTimeout: '9',
      dependsOn: [dependencyRow(' db ', 'succeeded'), dependencyRow()], stopSignal: 'SIGQUIT', stopGrace: '0.25', envFiles: ' .env \n\n',
      stdinOpen: true, outputPipe: true, memoryLimit: '256',
    })
    expect(toBody(form)).toMatchObject({
      restart: { policy: 'on_failure', max_retries: 2 }, ready: { delay_ms: 1500, timeout_ms: 9000 }, depends_on: { db: 'succeeded' },
      stop: { signal: 'SIGQUIT', grace_ms: 250 }, env_file: '.env', stdin: 'open', output: 'pipe', limits: { memory_bytes: 268_435_456 },
    })
  })
})

describe('a change of a definition', () => {
  it('is empty where nothing was changed, whatever the definition has', () => {
    expect(toPatch(toForm(definition), definition)).toEqual({})
    const bare: ProcessDefinition = { id: 'a', command: 'b', args: [], env: {}, cwd: '/', auto_start_on_restore: false }
    expect(toPatch(toForm(bare), bare)).toEqual({})
  })

  it('keeps what the form does not show of a part that it changes', () => {
    const form = toForm(definition)
    Object.assign(form, { maxRetries: '7', readyTimeout: '3', stopGrace: '', memoryLimit: '' })
    expect(toPatch(form, definition)).toEqual({
      restart: { ...definition.restart, max_retries: 7 },
      ready: { ...definition.ready, timeout_ms: 3000 },
      stop: { signal: 'SIGINT', command: ['halt', 'now'] },
      limits: { open_files: 64 },
    })
  })

  it('clears with null what was emptied, and names only the variables and dependencies that differ', () => {
    const form = toForm(definition)
    form.env = [variableRow('A', '2'), variableRow('C', 'new')]
    form.dependsOn = [dependencyRow('db', 'started')]
    Object.assign(form, { description: '', readyKind: '', envFiles: '', stdinOpen: false })
    expect(toPatch(form, definition)).toEqual({
      env: { A: '2', B: null, C: 'new' }, depends_on: { db: 'started', cache: null },
      description: null, ready: null, env_file: null, stdin: 'none',
    })
    expect(toPatch({ ...toForm(definition), dependsOn: [] }, definition)).toEqual({ depends_on: { db: null, cache: null } })
  })

  it('begins another way of being ready without what belonged to the one before', () => {
    const form = toForm(definition)
    Object.assign(form, { readyKind: 'tcp', readyValue: '5432' })
    expect(toPatch(form, definition)).toEqual({ ready: { tcp: 5432, timeout_ms: 1500, interval_ms: 250 } })
  })

  it('leaves an argument with a line break in a ready command alone until the command is edited', () => {
    const probe = { ...definition, ready: { command: ['sh', '-c', 'a\nb'], timeout_ms: 60_000, interval_ms: 500, keep_checking: false } }
    const form = toForm(probe)
    form.readyTimeout = '1'
    expect(toPatch(form, probe)).toEqual({ ready: { ...probe.ready, timeout_ms: 1000 } })
    form.readyValue = 'true'
    expect(toPatch(form, probe)).toEqual({ ready: { ...probe.ready, command: ['true'], timeout_ms: 1000 } })
  })
})
