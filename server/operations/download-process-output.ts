import { readWhole } from '../core/logs/read-whole'
import type { CallContext } from './define'

/**
 * Gives the whole kept log of a process as the text of a file: its lines as they were written, in time order over both streams
 * and all runs, without marks between them; only where lines went before they could be read does a line say so. It is read at
 * the pace of who takes it. Throws `PROCESS_NOT_FOUND` at once.
 */
export function downloadProcessOutput({ vantage }: Pick<CallContext, 'vantage'>, id: string): AsyncGenerator<string> {
  const logs = vantage.processes.logs(id)
  return toText(readWhole(logs))
}

async function* toText(pages: ReturnType<typeof readWhole>): AsyncGenerator<string> {
  for await (const { dropped, lines, partial } of pages) {
    const lost = dropped > 0 ? `[${dropped} lines are no longer kept]\n` : ''
    const text = lines.map(line => line.text).join('\n')
    yield lost + text + (lines.length > 0 && !partial ? '\n' : '')
  }
}
