import { parentPort } from 'node:worker_threads'
import { stripVTControlCharacters as plain } from 'node:util'

interface MatchRequest { pattern: string, flags: string, lines: string[] }

parentPort?.on('message', ({ pattern, flags, lines }: MatchRequest) => {
  const expression = new RegExp(pattern, flags)
  parentPort?.postMessage(lines.findIndex(line => expression.test(line) || (line.includes('\x1B') && expression.test(plain(line)))))
})
parentPort?.postMessage('ready')
