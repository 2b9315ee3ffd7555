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

/** What is left of a secret at a cut and is shorter gives nothing away. */
const LEAST_PART = 4
const CUT = / \[…\d+ characters…\] /

/** The same for a line that was clipped before: of a secret that lay across the cut, what is left on either side is masked too. */
export function maskClipped(text: string, secrets: readonly Secret[]): string {
  const cut = CUT.exec(text)
  if (!cut) return maskSecrets(text, secrets)
  const [head, tail] = [text.slice(0, cut.index), text.slice(cut.index + cut[0].length)]
  return `${maskSecrets(withoutEnd(head, secrets), secrets)}${cut[0]}${maskSecrets(withoutBegin(tail, secrets), secrets)}`
}

function withoutEnd(head: string, secrets: readonly Secret[]): string {
  const part = longest(secrets, (form, length) => head.endsWith(form.slice(0, length)))
  return part ? `${head.slice(0, -part.length)}[secret ${part.name}]` : head
}

function withoutBegin(tail: string, secrets: readonly Secret[]): string {
  const part = longest(secrets, (form, length) => tail.startsWith(form.slice(-length)))
  return part ? `[secret ${part.name}]${tail.slice(part.length)}` : tail
}

/** The longest part of a secret for which `isThere` holds. */
function longest(secrets: readonly Secret[], isThere: (form: string, length: number) => boolean) {
  let best: { name: string, length: number } | undefined
  for (const secret of secrets) {
    for (const form of formsOf(secret)) {
      for (let length = form.length - 1; length >= Math.max(LEAST_PART, (best?.length ?? 0) + 1); length--) {
        if (isThere(form, length)) best = { name: secret.name, length }
      }
    }
  }
  return best
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
