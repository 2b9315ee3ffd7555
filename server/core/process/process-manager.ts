import type { Caller } from '#shared/caller'
import type { CreateProcessRequest, ProcessPatch } from '#shared/schemas/definition'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { ProcessLogs } from '../logs/process-logs'

export interface StopOptions { graceMs?: number, signal?: string }

export interface ProcessManager {
  list: () => ProcessInfo[]
  get: (id: string) => ProcessInfo
  create: (request: CreateProcessRequest, caller: Caller) => Promise<ProcessInfo>
  replace: (id: string, request: CreateProcessRequest, caller: Caller) => Promise<ProcessInfo>
  patch: (id: string, patch: ProcessPatch, caller: Caller) => Promise<ProcessInfo>
  start: (id: string, caller: Caller) => Promise<ProcessInfo>
  stop: (id: string, options: StopOptions) => Promise<ProcessInfo>
  restart: (id: string, caller: Caller) => Promise<ProcessInfo>
  remove: (id: string, options: { force: boolean }) => Promise<void>
  logs: (id: string) => ProcessLogs
}
