import type { ErrorGroup } from '#shared/schemas/digest'
import { getProcessDigest } from '../server/operations/get-process-digest'
import type { CallContext } from '../server/operations/define'
import { perform } from '../server/operations/perform'
import { groupRows } from './group-rows'
import { maskDigest, maskPage } from './masking'
import { shorten, toRow } from './output-rows'

const MAX_GROUPS = 3
const MAX_FRAMES = 3
const MAX_LAST_LINES = 6
const MAX_CHARS = 900
const MIN_ROW = 20

/**
 * Gives what the newest run of a process says went wrong, in rows of `get_process_output`: its surest errors with own frames,
 * the first ones first; where it names none, its last lines.
 */
export async function firstErrors(id: string, context: CallContext): Promise<string[]> {
  const { digest, tail } = await perform(getProcessDigest, { id }, context)
  const secrets = await context.vantage.processes.secrets(id)
  const { groups, newest_run: newestRun } = maskDigest(digest, secrets)
  const errors = groups.filter(({ level, in_newest_run: isNew }) => level === 'error' && isNew).sort(bySureness).slice(0, MAX_GROUPS)
  if (errors.length > 0) return within(errors.flatMap(group => groupRows(group, { newestRun, frames: MAX_FRAMES, isBrief: true })))
  const last = maskPage(tail, secrets).lines.filter(({ run, text }) => run === newestRun && text.trim() !== '').slice(-MAX_LAST_LINES)
  return within(last.map(line => toRow(line)))
}

const bySureness = (a: ErrorGroup, b: ErrorGroup) => b.rank - a.rank || (a.first.at < b.first.at ? -1 : 1)

function within(rows: readonly string[]): string[] {
  let left = MAX_CHARS
  return rows.flatMap((row) => {
    if (left < MIN_ROW) return []
    const shown = shorten(row, left)
    left -= shown.length + 1
    return [shown]
  })
}
