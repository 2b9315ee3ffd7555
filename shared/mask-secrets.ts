/** A value that must not be shown, and the variable it belongs to. */
export interface Secret { name: string, value: string }

interface Hit { from: number, to: number, name: string }

/**
 * Replaces every secret in a text by `[secret NAME]`, also where it is URL-encoded. Where secrets overlap, all that they cover
 * becomes one mark, with the name of the longest.
 */
export function maskSecrets(text: string, secrets: readonly Secret[]): string {
  const hits = secrets.flatMap(secret => formsOf(secret).flatMap(form => findAll(text, form, secret.name)))
  if (hits.length === 0) return text
  let shown = ''
  let at = 0
  for (const { from, to, name } of merge(hits)) {
    shown += `${text.slice(at, from)}[secret ${name}]`
    at = to
  }
  return shown + text.slice(at)
}

function formsOf({ value }: Secret): string[] {
  if (value === '') return []
  const encoded = encodeURIComponent(value.toWellFormed())
  return encoded === value ? [value] : [value, encoded]
}

function findAll(text: string, form: string, name: string): Hit[] {
  const hits: Hit[] = []
  for (let from = text.indexOf(form); from >= 0; from = text.indexOf(form, from + 1)) hits.push({ from, to: from + form.length, name })
  return hits
}

function merge(hits: readonly Hit[]): Hit[] {
  const merged: (Hit & { length: number })[] = []
  for (const hit of hits.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const last = merged.at(-1)
    const length = hit.to - hit.from
    if (!last || hit.from >= last.to) merged.push({ ...hit, length })
    else {
      last.to = Math.max(last.to, hit.to)
      if (length > last.length) Object.assign(last, { name: hit.name, length })
    }
  }
  return merged
}
