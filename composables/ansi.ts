import Anser from 'anser'

/** A piece of a line with one look; goes into the page as a text node. */
export interface Token { text: string, classes: string[] }

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const
/** The 16 colours as terminals know them: what 256-colour and RGB codes are measured against. */
const PALETTE: readonly (readonly [number, number, number])[] = [
  [0, 0, 0], [187, 0, 0], [0, 187, 0], [187, 187, 0], [0, 0, 187], [187, 0, 187], [0, 187, 187], [187, 187, 187],
  [85, 85, 85], [255, 85, 85], [0, 255, 0], [255, 255, 85], [85, 85, 255], [255, 85, 255], [85, 255, 255], [255, 255, 255],
]
const LEVELS = [0, 95, 135, 175, 215, 255] as const
const DECORATIONS = new Set(['bold', 'dim', 'italic', 'underline', 'strikethrough'])

/* eslint-disable no-control-regex -- control characters are what this file is about */
/** OSC, DCS, SOS, PM and APC with what they carry, up to BEL, ST or the end of the line. */
const STRINGS = /(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[\s\S]*?(?:\x07|\x1b\\|\x9c|$)/g
/** CSI sequences; only those that end in `m` (colours) stay. */
const CSI = /(?:\x1b\[|\x9b)([0-?]*)([ -/]*)([@-~]|$)/g
/** Any other escape sequence: ESC, intermediates, a final byte. */
const ESCAPES = /\x1b(?!\[)[ -/]*[0-~]?/g
/** Control characters that no line shows; the tab stays. */
const CONTROLS = /[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f]/g
/** What colours look like after `CSI` has passed. */
const COLOURS = /\x1b\[[\d;]*m/g
/* eslint-enable no-control-regex */
/**
 * Bidirectional controls, which show a line in another order than it has, and what takes no room: zero-width spaces, tags.
 * The joiners U+200C and U+200D stay: scripts and emoji are written with them.
 */
const INVISIBLE = /[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E01EF}]/gu
const LINE_BREAKS = /[\u2028\u2029]/g

/** What a terminal would show of a line with carriage returns: the last overwrite. */
function lastOverwrite(text: string): string {
  const end = text.endsWith('\r') ? text.length - 1 : text.length
  return text.slice(text.lastIndexOf('\r', end - 1) + 1, end)
}

function keepColours(text: string): string {
  return lastOverwrite(text)
    .replace(STRINGS, '')
    .replace(CSI, (_all, parameters: string, between: string, final: string) => {
      const isColour = final === 'm' && between === '' && /^[\d;:]*$/.test(parameters)
      return isColour ? `\x1b[${parameters.replace(/([34]8:2):\d*:(?=\d+:\d+:\d)/g, '$1:').replaceAll(':', ';')}m` : ''
    })
    .replace(ESCAPES, '')
    .replace(CONTROLS, '')
    .replace(INVISIBLE, '')
    .replace(LINE_BREAKS, ' ')
}

/** A line without any escape sequence: for copying, and where colour does not matter. */
export function plainText(text: string): string {
  return keepColours(text).replace(COLOURS, '')
}

/** Splits a line into tokens with the classes of their colours; every other escape sequence is gone. */
export function toTokens(text: string): Token[] {
  const clean = keepColours(text)
  if (!clean.includes('\x1b')) return clean ? [{ text: clean, classes: [] }] : []
  return Anser.ansiToJson(clean, { json: true, use_classes: true, remove_empty: true })
    .map(entry => ({ text: entry.content, classes: classesOf(entry) }))
}

function classesOf(entry: Anser.AnserJsonEntry): string[] {
  const classes: string[] = entry.decorations.filter(name => DECORATIONS.has(name)).map(name => `v-ansi-${name}`)
  const foreground = nearest(entry.fg, entry.fg_truecolor)
  const background = nearest(entry.bg, entry.bg_truecolor)
  if (background) return [...classes, 'v-ansi-on', `v-ansi-on-${background}`]
  return foreground ? [...classes, `v-ansi-${foreground}`] : classes
}

/** Gives the name of the nearest of the 16 colours for what Anser calls a colour. */
function nearest(name: string | null, rgb: string | null): string | undefined {
  if (!name) return undefined
  if (name === 'ansi-truecolor') return nearestTo((rgb ?? '').split(',').map(Number))
  const index = /^ansi-palette-(\d+)$/.exec(name)?.[1]
  return index === undefined ? name.replace(/^ansi-/, '') : nearestTo(paletteColour(Number(index)))
}

function paletteColour(index: number): number[] {
  if (index >= 232) return [0, 0, 0].map(() => 8 + (index - 232) * 10)
  const cell = index - 16
  return [Math.floor(cell / 36), Math.floor(cell / 6) % 6, cell % 6].map(step => LEVELS[step] ?? 0)
}

function nearestTo([red = 0, green = 0, blue = 0]: number[]): string {
  let best = 0
  let least = Infinity
  PALETTE.forEach(([r, g, b], index) => {
    const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
    if (distance < least) [best, least] = [index, distance]
  })
  return `${best > 7 ? 'bright-' : ''}${NAMES[best % 8]}`
}
