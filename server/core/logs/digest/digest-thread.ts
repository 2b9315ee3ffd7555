import { parentPort } from 'node:worker_threads'
import { extract, type Chunk } from './extract'

parentPort?.on('message', (chunk: Chunk & { data: Uint8Array<ArrayBuffer> }) => {
  const memory = chunk.data.buffer
  parentPort?.postMessage({ extract: extract(chunk), memory }, [memory])
})
parentPort?.postMessage('ready')
