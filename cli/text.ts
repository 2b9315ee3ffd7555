/** Makes control and invisible characters visible: a definition must not write to the terminal's own ear. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, char => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
}

/** A command line to look at: arguments a shell would take apart are quoted. */
export function commandText(command: string, args: readonly string[]): string {
  return [command, ...args].map(word => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${printable(word)}'`).join(' ')
}

const UNITS = [['d', 86_400], ['h', 3600], ['m', 60], ['s', 1]] as const

/** A duration by its two largest units: `2 h 5 m`. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const at = Math.max(0, UNITS.findIndex(([, length]) => seconds >= length))
  const [first, second] = seconds === 0 ? [UNITS[3]] : UNITS.slice(at, at + 2)
  if (!first) return ''
  const rest = second ? Math.floor(seconds % first[1] / second[1]) : 0
  return `${Math.floor(seconds / first[1])} ${first[0]}${second && rest > 0 ? ` ${rest} ${second[0]}` : ''}`
}
