/**
 * What of a process is remembered from one prompt to the next; `errors` is how many came since.
 * @typedef {{ state: string, phase: string, run?: number, failed_at?: string, exit_code?: number, signal?: string, errors?: number }} Look
 */

const MOST_TOLD = 5
/** So many errors are counted, not more. */
export const MOST_ERRORS = 100

/**
 * Says in one line what has changed of the processes of a project; undefined where nothing has. No text of a program is in it.
 * @param {Record<string, Look>} before
 * @param {Record<string, Look>} now
 * @returns {string | undefined}
 */
export function describeChanges(before, now) {
  const told = Object.entries(now).flatMap(([id, look]) => {
    const words = [...wordsOf(before[id], look), ...errorWords(look.errors)]
    return words.length > 0 ? [{ id, text: `${id} ${words.join(', ')}`, isBad: look.state === 'Failed' || look.errors > 0 }] : []
  })
  const removed = Object.keys(before).filter(id => !Object.hasOwn(now, id)).map(id => ({ id, text: `${id} was removed`, isBad: false }))
  const all = [...told.filter(({ isBad }) => isBad), ...told.filter(({ isBad }) => !isBad), ...removed]
  if (all.length === 0) return undefined
  const rest = all.length > MOST_TOLD ? `; ${all.length - MOST_TOLD} more` : ''
  const hint = all[0].isBad ? ` get_process_output id=${all[0].id} shows why.` : ''
  return `Vantage, since your last message: ${all.slice(0, MOST_TOLD).map(({ text }) => text).join('; ')}${rest}.${hint}`
}

/** @param {Look | undefined} before @param {Look} now */
function wordsOf(before, now) {
  const isOtherRun = before?.run !== now.run
  if (now.state === 'Failed') return before?.state !== 'Failed' || isOtherRun || before.failed_at !== now.failed_at ? failedWords(now) : []
  if (!before) return []
  if (now.phase === 'unready') return before.phase === 'unready' ? [] : ['does not answer any more']
  if (now.state === 'Running' && isOtherRun) return [before.state === 'Running' ? `was restarted (run ${now.run})` : `was started (run ${now.run})`]
  if (now.state === 'Stopped' && (before.state !== 'Stopped' || isOtherRun)) return [now.exit_code === 0 ? 'ended (exit 0)' : 'was stopped']
  return []
}

function failedWords({ exit_code: code, signal, phase }) {
  const how = code === undefined ? signal : `exit ${code}`
  return [how === undefined ? 'failed' : `crashed (${how})`, ...(phase === 'backoff' ? ['will be restarted'] : [])]
}

function errorWords(errors = 0) {
  if (errors === 0) return []
  return [`${errors >= MOST_ERRORS ? `${MOST_ERRORS} or more` : errors} new error${errors === 1 ? '' : 's'}`]
}
