import { parentPort } from 'node:worker_threads'
import type { LineFilter } from './line-filter'
import { searchChunk, type Chunk } from './search-chunk'

/** A chunk on its way to the thread: where its data stands in memory that is handed over. */
interface SearchMessage extends Omit<Chunk, 'data'> {
  memory: ArrayBuffer
  offset: number
  bytes: number
  filter: LineFilter
}

parentPort?.on('message', ({ memory, offset, bytes, filter, ...chunk }: SearchMessage) => {
  const found = Float64Array.from(searchChunk({ ...chunk, data: Buffer.from(memory, offset, bytes) }, filter))
  parentPort?.postMessage({ found, memory }, [found.buffer, memory])
})
parentPort?.postMessage('ready')
