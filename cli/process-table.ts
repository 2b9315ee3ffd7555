import type { ProcessInfo } from '#shared/schemas/process-info'
import type { Paint } from './paint'
import { moodOf, statusWords } from './status-words'
import { commandText, durationText } from './text'

const HEAD = ['ID', 'STATE', 'RUN', 'PID', 'UPTIME', 'COMMAND']
const STATE = 1
const GAP = '  '
const LEAST_COMMAND = 12

/** Lays processes out as an aligned table; at a terminal of `columns` the command is cut, so that each has one line. */
export function processTable(processes: readonly ProcessInfo[], { paint, columns }: { paint: Paint, columns?: number }): string {
  const rows = processes.map(toCells)
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map(cells => cells[column]?.length ?? 0)))
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0)
  const room = columns === undefined ? Infinity : Math.max(LEAST_COMMAND, columns - before)
  const fit = (cell: string, column: number) => column === HEAD.length - 1 ? cut(cell, room) : cell.padEnd(widths[column] ?? 0)
  const lines = processes.map((process, index) => {
    const cells = (rows[index] ?? []).map(fit)
    return cells.map((cell, column) => column === STATE ? paint(cell, moodOf(process)) : cell).join(GAP)
  })
  return [HEAD.map(fit).join(GAP), ...lines].join('\n')
}

function toCells(process: ProcessInfo): string[] {
  const { id, run, pid, uptime_ms: uptimeMs, command, args } = process
  return [id, statusWords(process), run ?? '', pid ?? '', uptimeMs === undefined ? '' : durationText(uptimeMs), commandText(command, args)].map(String)
}

const cut = (text: string, room: number) => text.length > room ? `${text.slice(0, room - 1)}…` : text
