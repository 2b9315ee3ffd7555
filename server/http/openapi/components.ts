import type { z } from 'zod'
import { ActivityEntry } from '#shared/schemas/activity'
import { CreateProcessRequest, ProcessPatch } from '#shared/schemas/definition'
import { ErrorAnswer } from '#shared/schemas/error'
import { SocketMessage, SocketRequest, StreamedEvent } from '#shared/schemas/events'
import { Dashboard, Health, HostStatus } from '#shared/schemas/host'
import { LogLine, LogPage, MergedLogPage } from '#shared/schemas/logs'
import { MetricsPoint } from '#shared/schemas/metrics'
import { ProcessInfo, StartedProcess } from '#shared/schemas/process-info'
import { RunInfo } from '#shared/schemas/runs'
import { Limits, ReadyRules, RestartRules, StopRules, WatchRules } from '#shared/schemas/supervision'

interface Component {
  schema: z.ZodType
  example?: unknown
  /** The component whose fields it has too, for readers. */
  extends?: string
}

const at = '2026-11-22T12:00:00.000Z'
const definition = {
  id: 'web', command: 'npm', args: ['run', 'dev'], env: {}, cwd: '/home/me/shop', project: '/home/me/shop', auto_start_on_restore: false,
}
const line = { cursor: 'a05384.1.0.z_5.0.o', at, stream: 'stdout', run: 1, text: 'Local: http://localhost:5173/' }

/** The schemas that have a name in the document, with an example where one helps: those of what callers send, and of what they get. */
export const components: { readonly input: Readonly<Record<string, Component>>, readonly output: Readonly<Record<string, Component>> } = {
  input: {
    CreateProcessRequest: {
      schema: CreateProcessRequest,
      example: { id: 'web', command: 'npm', args: ['run', 'dev'], cwd: '/home/me/shop', ready: { tcp: 5173 }, restart: { policy: 'on_failure' } },
    },
    ProcessPatch: { schema: ProcessPatch, example: { env: { DEBUG: '1' }, group: null } },
    RestartRules: { schema: RestartRules, example: { policy: 'on_failure', max_retries: 5 } },
    ReadyRules: { schema: ReadyRules, example: { http: 'http://localhost:5173/', timeout_ms: 30_000 } },
    StopRules: { schema: StopRules, example: { signal: 'SIGINT', grace_ms: 10_000 } },
    Limits: { schema: Limits, example: { memory_bytes: 536_870_912 } },
    WatchRules: { schema: WatchRules, example: { paths: ['src/**/*.ts'], ignore: ['**/*.test.ts'] } },
    SocketRequest: { schema: SocketRequest, example: { op: 'subscribe', topic: 'logs:web' } },
  },
  output: {
    ProcessInfo: {
      schema: ProcessInfo,
      extends: 'CreateProcessRequest',
      example: {
        ...definition, state: 'Running', phase: 'ready', run: 1, pid: 4242, started_at: at, uptime_ms: 61_000, ports: [5173], cpu_percent: 1.5,
        memory_bytes: 88_604_672, created_at: at, updated_at: at,
      },
    },
    StartedProcess: { schema: StartedProcess, extends: 'ProcessInfo' },
    RunInfo: { schema: RunInfo, example: { run: 1, started_at: at, ended_at: at, exit_code: 1, reason: 'exited with code 1' } },
    MetricsPoint: { schema: MetricsPoint, example: { at, cpu_percent: 1.5, memory_bytes: 88_604_672 } },
    LogLine: { schema: LogLine, example: line },
    LogPage: { schema: LogPage, example: { lines: [line], next: line.cursor, dropped: 0, first_cursor: line.cursor } },
    MergedLogPage: { schema: MergedLogPage },
    Health: { schema: Health, example: { status: 'ok', app: 'vantage', version: '0.3.0', pid: 4100, uptime_ms: 61_000 } },
    HostStatus: { schema: HostStatus, example: { status: 'running', version: '0.3.0', process_count: 3, uptime_seconds: 61 } },
    Dashboard: { schema: Dashboard },
    ActivityEntry: {
      schema: ActivityEntry,
      example: {
        seq: 12, at, actor: { kind: 'agent', name: 'claude-code' }, action: 'stop_process', process_id: 'web', arguments: { id: 'web' },
        result: 'ok', summary: 'Stopped web', undo: { method: 'POST', path: '/api/processes/web/start' },
      },
    },
    StreamedEvent: { schema: StreamedEvent },
    SocketMessage: { schema: SocketMessage, example: { topic: 'logs:web', type: 'lines', data: [line], cursor: line.cursor } },
    ErrorAnswer: { schema: ErrorAnswer },
  },
}
