import { z } from 'zod'
import { Timestamp } from './basics'
import { ProcessInfo } from './process-info'

export const Health = z.strictObject({
  status: z.literal('ok'),
  app: z.literal('vantage'),
  version: z.string(),
  pid: z.int().positive(),
  uptime_ms: z.int().nonnegative(),
})
export type Health = z.output<typeof Health>

export const HostStatus = z.strictObject({
  status: z.literal('running'),
  version: z.string(),
  process_count: z.int().nonnegative(),
  uptime_seconds: z.int().nonnegative(),
})
export type HostStatus = z.output<typeof HostStatus>

/** What `server.json` in the data directory holds while a host runs. */
export const ServerRecord = z.object({
  url: z.string(),
  pid: z.int().positive(),
  version: z.string(),
  started_at: Timestamp,
  data_dir: z.string(),
})
export type ServerRecord = z.output<typeof ServerRecord>

/** The first paint of the dashboard: the four states sum up to `total`. */
export const Dashboard = z.strictObject({
  server: z.strictObject({
    version: z.string(),
    pid: z.int().positive(),
    started_at: Timestamp,
    uptime_ms: z.int().nonnegative(),
    data_dir: z.string(),
  }),
  stats: z.strictObject({
    total: z.int(),
    running: z.int(),
    stopped: z.int(),
    failed: z.int(),
    not_started: z.int(),
    auto_start_enabled: z.int(),
  }),
  processes: z.array(ProcessInfo),
  recent_events: z.array(z.strictObject({
    at: Timestamp,
    type: z.string(),
    process_id: z.string(),
    state: z.string().optional(),
    run: z.int().optional(),
  })),
  system_metrics: z.strictObject({
    cpu_count: z.int(),
    load_average: z.array(z.number()),
    memory_total_bytes: z.int(),
    memory_available_bytes: z.int(),
    host_memory_bytes: z.int(),
    host_cpu_percent: z.number(),
  }),
})
export type Dashboard = z.output<typeof Dashboard>
