import type { ProcessInfo } from '#shared/schemas/process-info'
import type { Paint } from './paint'
import { moodOf, statusWords } from './status-words'
import { commandText, durationText, printable } from './text'

/** One line about a process after something was done to it: `web: Running, run 3, pid 4711`. */
export function processLine(process: ProcessInfo, paint: Paint): string {
  const { id, run, pid } = process
  const rest = [run === undefined ? '' : `, run ${run}`, pid === undefined ? '' : `, pid ${pid}`].join('')
  return `${id}: ${paint(statusWords(process), moodOf(process))}${rest}`
}

/** All that matters of one process, a line for each thing; what does not apply is left out. */
export function processLines(process: ProcessInfo, paint: Paint): string {
  const rows: [name: string, value: string | number | undefined][] = [
    ['id', process.id],
    ['state', paint(statusWords(process), moodOf(process))],
    ['reason', process.error],
    ['run', process.run],
    ['pid', process.pid],
    ['uptime', process.uptime_ms === undefined ? undefined : durationText(process.uptime_ms)],
    ['ports', process.ports?.join(', ')],
    ['started', process.started_at],
    ['ended', process.failed_at ?? process.stopped_at],
    ['restarts', process.restart_count],
    ['next restart', process.next_restart_at],
    ['command', commandText(process.command, process.args)],
    ['cwd', process.cwd],
    ['project', process.project],
  ]
  const told = rows.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...told.map(([name]) => name.length))
  return told.map(([name, value]) => `${name.padEnd(width)}  ${name === 'state' ? value : printable(String(value))}`).join('\n')
}
