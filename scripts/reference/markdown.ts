/** Makes a table of rows that have as many cells as there are heads; what would end a cell is escaped. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n')
}

/** Puts text into a code span. */
export function code(text: string): string {
  return `\`${text}\``
}

/** Makes a link to a heading of the same page. */
export function linkTo(heading: string, text = heading): string {
  return `[${text}](#${heading.toLowerCase().replaceAll(/[^\w -]/g, '').replaceAll(' ', '-')})`
}

/** Joins what there is of the pieces as paragraphs. */
export function paragraphs(...pieces: readonly (string | undefined | false)[]): string {
  return pieces.filter(piece => piece !== undefined && piece !== false && piece !== '').join('\n\n')
}
