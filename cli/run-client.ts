import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ErrorBody } from '#shared/errors'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { findToken, TOKEN_FILE, tokenAdvice, type FoundToken } from '#shared/token'
import { callerHeaders } from './caller-headers'
import { readRecord } from './find-host'
import type { Answer } from './answer-reader'
import { HostConnection } from './host-connection'
import { createPaint } from './paint'
import { processLine, processLines } from './process-lines'
import { processTable } from './process-table'
import type { ClientRequest } from './request'
import { printable } from './text'

const OK = 0
const FAILED = 1
const UNAUTHORIZED = 401

/** Does one client command at the host of the data directory. Gives the exit code: 0, or 1 when it was not done. */
export async function runClient(request: ClientRequest): Promise<number> {
  // The reader of our stdout has gone (`vantage ps | head -1`): nobody is left to tell.
  process.stdout.on('error', () => process.exit())
  const host = readRecord(request.dataDir)
  if (!host) return noHost(request.dataDir)
  const found = readToken(request.dataDir)
  if (found instanceof Error) return fail(`vantage: ${found.message}`)
  using connection = new HostConnection(host, callerHeaders(process.env.PATH, currentDirectory()))
  if (!await connection.isAlive()) return noHost(request.dataDir)
  if (found) connection.authorize(found.token)
  const answer = await connection.call(...toCall(request)).catch((error: unknown) => messageOf(error))
  if (typeof answer === 'string') {
    return fail(`vantage: the host has gone during the call; whether it took effect is not known (${answer}).`, 'Look with "vantage ps".')
  }
  return answer.status < 300 ? tell(request, answer.text) : refuse(answer, tokenAdvice(found, request.dataDir))
}

/** What cannot be a token is told, not sent. */
function readToken(dataDir: string): FoundToken | Error | undefined {
  try {
    return findToken(process.env, join(dataDir, TOKEN_FILE), file => readFileSync(file, 'utf8'))
  }
  catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function toCall({ action, id }: ClientRequest): [method: string, path: string] {
  if (action === 'ps') return ['GET', '/api/processes']
  const path = `/api/processes/${encodeURIComponent(id)}`
  return action === 'status' ? ['GET', path] : ['POST', `${path}/${action}`]
}

function tell({ action, json }: ClientRequest, text: string): number {
  process.stdout.write(`${json ? JSON.stringify(JSON.parse(text), undefined, 2) : toWords(action, text)}\n`)
  return OK
}

/** The host has held its answer to the schema, so it only gets its type here. */
function toWords(action: ClientRequest['action'], text: string): string {
  const paint = createPaint(process.stdout.isTTY, process.env)
  if (action === 'ps') {
    const list: ProcessInfo[] = JSON.parse(text)
    return list.length === 0 ? 'No process is defined.' : processTable(list, { paint, columns: process.stdout.columns })
  }
  const info: ProcessInfo = JSON.parse(text)
  return action === 'status' ? processLines(info, paint) : processLine(info, paint)
}

function refuse({ status, text }: Answer, advice: string): number {
  const { error }: { error: ErrorBody } = JSON.parse(text)
  return fail(`${error.code}: ${error.message}`, status === UNAUTHORIZED ? advice : error.hint)
}

function noHost(dataDir: string): number {
  return fail(`vantage: no host runs for ${dataDir}.`, `Start one: vantage serve --data-dir ${dataDir}`)
}

function fail(...lines: string[]): number {
  process.stderr.write(lines.map(line => `${printable(line)}\n`).join(''))
  return FAILED
}

/** A directory that was removed meanwhile belongs to no project. */
function currentDirectory(): string | undefined {
  try {
    return process.cwd()
  }
  catch {
    return undefined // ENOENT is the only way it fails
  }
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)
