import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { ActivityEntry } from '#shared/schemas/activity'
import { toJsonAnswer } from './answers'
import { toCharacters } from './output-rows'

const MAX_TOKENS = 1500
/** What the frame of the answer takes. */
const FRAME_CHARS = 200
const MAX_SUMMARY = 160

/**
 * Answers the newest entries that fit into 1,500 tokens, and how to get older ones. Without arguments and undo: an undo is for
 * people, and may hold values of an environment.
 */
export function toActivityAnswer(entries: readonly ActivityEntry[], limit: number): CallToolResult {
  let left = toCharacters(MAX_TOKENS) - FRAME_CHARS
  const rows = entries.map(toRow)
  const tooMany = rows.findIndex(row => (left -= JSON.stringify(row).length + 1) < 0)
  const shown = tooMany < 0 ? rows : rows.slice(0, Math.max(1, tooMany))
  const last = shown.at(-1)
  const hasOlder = last !== undefined && last.seq > 1 && (shown.length < rows.length || rows.length === limit)
  return toJsonAnswer({ activity: shown, ...(hasOlder && { next: `before=${last.seq} for older ones` }) })
}

function toRow({ seq, at, actor, action, process_id, result, summary }: ActivityEntry) {
  const short = summary.length > MAX_SUMMARY ? `${summary.slice(0, MAX_SUMMARY - 1)}…` : summary
  return { seq, at, actor: `${actor.kind} ${actor.name}`, action, process_id, result, summary: short }
}
