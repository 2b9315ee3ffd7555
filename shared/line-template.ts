const PLACEHOLDERS: readonly [RegExp, string][] = [
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, '<id>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?/g, '<time>'],
  [/\b\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?(?: ?[AP]M)?\b/g, '<time>'],
  [/\b0x[\da-f]+\b/gi, '<hex>'],
  [/\b(?=[\da-f]*\d)(?=[\da-f]*[a-f])[\da-f]{7,}\b/gi, '<hex>'],
  [/(["'`])(?=[\w-]*\d)[\w-]{6,}\1/g, '<id>'],
  [/\d+(?:\.\d+)*/g, '#'],
]

/** How much of a line its template is made of, in characters. */
const MAX_READ = 300

/** Gives what lines of the same kind have in common: times, ids, hexadecimal and other numbers become placeholders. */
export function toTemplate(text: string): string {
  return PLACEHOLDERS.reduce((line, [pattern, mark]) => line.replace(pattern, mark), text.slice(0, MAX_READ)).trim()
}
