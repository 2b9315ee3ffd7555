/** Gives `count` lines of an access log, a worker and a build that do nothing wrong; the same ones each time. */
export function noise(count: number, from = 0): string {
  return Array.from({ length: count }, (_, index) => lineOf(from + index)).join('\n') + (count > 0 ? '\n' : '')
}

function lineOf(index: number): string {
  const kind = index * 7919 % 100
  if (kind < 60) return `\x1B[32mINFO\x1B[0m [http] GET /api/items/${index * 31 % 99_991} 200 ${index % 50}ms id=${(index * 2_654_435_761 % 2 ** 32).toString(16)}`
  if (kind < 75) return `[build] compiled ${index} modules, 0 errors, ${index % 7} hints in ${index % 900}ms`
  return `[worker] job ${index} done for user ${index * 97 % 1000}, queue length ${index % 31}, next in ${index % 600}s`
}
