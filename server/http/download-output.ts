import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { H3Event } from 'h3'
import { downloadProcessOutput } from '../operations/download-process-output'
import { streamsEnd, whenOpen } from './host'

/** Answers with the whole log of a process as a file; read on only as the client takes it. */
export async function downloadOutput({ method, node: { res } }: H3Event, id: string): Promise<void> {
  const text = downloadProcessOutput({ vantage: await whenOpen() }, id)
  res.writeHead(200, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Disposition': `attachment; filename="${id}.log"`,
    'Cache-Control': 'no-store',
  })
  if (method === 'HEAD') {
    res.end()
    return
  }
  try {
    await pipeline(Readable.from(text, { highWaterMark: 1 }), res, { signal: streamsEnd })
  }
  catch (error) {
    // The client has gone, or the host ends its streams: nobody is left to be told.
    if (!res.destroyed) throw error
  }
}
