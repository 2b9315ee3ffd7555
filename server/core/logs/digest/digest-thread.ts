import { parentPort } from 'node:worker_threads'
import { extract, type Chunk } from './extract'

parentPort?.on('message', (chunk: Chunk) => parentPort?.postMessage(extract(chunk)))
parentPort?.postMessage('ready')
