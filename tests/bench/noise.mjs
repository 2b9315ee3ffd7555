// node noise.mjs LINES: 100 bytes each, 60 % HTTP requests with ids and colours, 15 % that count "0 errors", then stays alive.
const lines = Number(process.argv[2])

function lineOf(index) {
  const kind = index * 7919 % 100
  if (kind < 60) return `\x1B[32mINFO\x1B[0m [http] GET /api/items/${index * 31 % 99_991} 200 ${index % 50}ms id=${(index * 2_654_435_761 % 2 ** 32).toString(16)}`
  if (kind < 75) return `[build] compiled ${index} modules, 0 errors, ${index % 7} hints in ${index % 900}ms`
  return `[worker] job ${index} done for user ${index * 97 % 1000}, queue length ${index % 31}, next in ${index % 600}s`
}

let block = ''
for (let index = 0; index < lines; index++) {
  block += `${lineOf(index).padEnd(99, ' .')}\n`
  if (index % 10_000 === 9_999 || index === lines - 1) {
    process.stdout.write(block)
    block = ''
  }
}
process.stdout.write('written\n')
setInterval(() => {}, 60_000)
