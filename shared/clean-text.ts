/* eslint-disable no-control-regex -- these characters are what is looked for */
const STRINGS = /(?:\x1B[\]PX^_]|[\x90\x98\x9D-\x9F])[^\x07\x1B\x9C]*(?:\x07|\x1B\\|\x9C)?/g
const SEQUENCES = /(?:\x1B\[|\x9B)[0-?]*[ -/]*[@-~]?|\x1B[ -/]*[0-~]?/g
const CONTROLS = /[\0-\x08\x0A-\x1F\x7F-\x9F]/g
/* eslint-enable no-control-regex */

/** Bidirectional marks, zero-width characters, tags and variation selectors: seen by a model, not by a person. */
const INVISIBLE = /[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E01EF}]/gu
const LINE_BREAKS = /[\u2028\u2029]/g

const MAX_SHOWN = 400
const MAX_READ = 16_384

/** Makes one line of a program's output safe to show to a model: what a terminal would show, without control characters. */
export function cleanLine(text: string): string {
  const last = text.slice(0, MAX_READ).split('\r').findLast(part => part.trim() !== '') ?? ''
  return last.replace(STRINGS, '').replace(SEQUENCES, '').replace(LINE_BREAKS, ' ').replace(CONTROLS, '').replace(INVISIBLE, '').trimEnd()
}

/** Shortens a line to 400 characters: three quarters from its head, one from its tail. */
export function clipLine(text: string): string {
  if (text.length <= MAX_SHOWN) return text
  const tail = MAX_SHOWN / 4
  return `${text.slice(0, MAX_SHOWN - tail)} […${text.length - MAX_SHOWN} characters…] ${text.slice(-tail)}`
}

/** Makes a line safe to show to a model, and clips it. */
export const toShownLine = (text: string) => clipLine(cleanLine(text))
