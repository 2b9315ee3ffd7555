const LINE_LENGTH = 2000
/** How far from the line that says "in use" a port may be named, in lines. */
const NEIGHBOURS = 6

/** Words by which programs say that an address or a port is taken. */
const IN_USE = new RegExp([
  'EADDRINUSE', 'AddrInUse', 'address (?:is )?already in use', 'address in use',
  String.raw`\bport\b.{0,40}\bin use\b`, String.raw`\bport\b.{0,40}\balready (?:allocated|bound|taken|used)`,
  'already running on port', 'connection in use:', String.raw`\[errno (?:48|98)\]`, String.raw`os error (?:48|98)\b`,
  'only one usage of each socket address',
].join('|'), 'i')

const NUMBER = String.raw`(\d{1,5})(?!\w|[.:]\d)`

/** How a port is written where it can be nothing else. */
const NAMED = [
  String.raw`\bport\b["')]?(?:[:=]| is|)[ \t]*["'[(#]?${NUMBER}`,
  String.raw`https?:\/\/(?:\[[\da-f:.]{0,45}\]|[\w.-]{1,253}):${NUMBER}`,
  String.raw`(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}:${NUMBER}`,
  String.raw`\[[\da-f:.]{0,45}\]:${NUMBER}`,
  String.raw`\blocalhost:${NUMBER}`,
  String.raw`\('[\w.:-]{0,253}', ${NUMBER}`,
].map(source => new RegExp(source, 'gi'))

/** How it is written besides in the very line that says so; elsewhere this may be a time or a place in a source file. */
const IN_LINE = [
  ...NAMED,
  ...[
    String.raw`in use:? \S{0,253}:${NUMBER}`,
    String.raw`\blisten tcp[46]? \S{0,253}:${NUMBER}`,
    String.raw`(?<![\w:.])(?:::|\*)?:${NUMBER}`,
    String.raw`\b(?:on|to|for|bind|address) [\w.-]{1,253}:${NUMBER}`,
    String.raw`\bAF=\d{1,2} \S{0,60}:${NUMBER}`,
  ].map(source => new RegExp(source, 'gi')),
]

/**
 * Finds the port that a failed start could not have in its last lines, oldest first; undefined unless the text says that
 * an address or a port is in use. The last such line counts, then what stands next to it.
 */
export function portInError(lines: readonly string[]): number | undefined {
  const texts = lines.map(line => stripAnsi(line.slice(0, LINE_LENGTH)))
  const places = texts.flatMap((text, index) => IN_USE.test(text) ? [index] : []).reverse()
  for (const place of places) {
    const port = portIn(texts[place], IN_LINE)
    if (port !== undefined) return port
  }
  for (const place of places) {
    const port = portNear(texts, place)
    if (port !== undefined) return port
  }
  return undefined
}

/** Tells whether the last lines say that an address or a port is in use, named or not. */
export function saysInUse(lines: readonly string[]): boolean {
  return lines.some(line => IN_USE.test(stripAnsi(line.slice(0, LINE_LENGTH))))
}

function portNear(texts: readonly string[], place: number): number | undefined {
  for (let distance = 1; distance <= NEIGHBOURS; distance++) {
    const port = portIn(texts[place + distance], NAMED) ?? portIn(texts[place - distance], NAMED)
    if (port !== undefined) return port
  }
  return undefined
}

function portIn(text: string | undefined, forms: readonly RegExp[]): number | undefined {
  if (text === undefined) return undefined
  for (const form of forms) {
    for (const [, digits] of text.matchAll(form)) {
      const port = Number(digits)
      if (port >= 1 && port <= 65_535) return port
    }
  }
  return undefined
}

// eslint-disable-next-line no-control-regex -- colours between "port" and its number would hide it
const stripAnsi = (text: string) => text.replace(/\u001B\[[\d;]{0,30}[A-Za-z]/g, '')
