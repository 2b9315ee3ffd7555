// node scan.mjs EXTRACT NOISE: CPU seconds per million lines that the search for errors takes, once a line, warmed up first.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const CHUNK_BYTES = 1024 * 1024
const ROUNDS = 7

const [, , module = '', noise = ''] = process.argv
const { extract } = await import(pathToFileURL(module).href)
const data = readFileSync(noise)

function scan() {
  let lines = 0
  for (let at = 0, state = {}; at < data.length;) {
    const end = data.lastIndexOf(10, at + CHUNK_BYTES - 1) + 1
    const found = extract({ data: data.subarray(at, end), offset: at, stream: 'stdout', state, isLast: end === data.length })
    lines += found.lines
    state = found.state
    at = end
  }
  return lines
}

scan()
for (let round = 0; round < ROUNDS; round++) {
  const before = process.cpuUsage()
  const lines = scan()
  const { user, system } = process.cpuUsage(before)
  console.log((user + system) / lines)
}
