/**
 * Gives at most `count` of `names` that are close enough to `wanted` to be meant by it, the closest first.
 * Close: one contains the other, or at most a third of the letters differ.
 */
export function nearest(wanted: string, names: readonly string[], count = 3): string[] {
  const word = wanted.toLowerCase().slice(0, 64)
  return names
    .map(name => ({ name, distance: distanceOf(word, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(Math.max(word.length, name.length) / 3)))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name)
}

function distanceOf(a: string, b: string): number {
  if (a.length > 2 && b.length > 2 && (a.includes(b) || b.includes(a))) return 1
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const row = [i + 1]
    for (const [j, other] of [...b].entries()) {
      row.push(Math.min((previous[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1, (previous[j] ?? 0) + (letter === other ? 0 : 1)))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}
