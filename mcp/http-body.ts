import type { IncomingMessage } from 'node:http'

/** Reads a whole body. Rejects when it breaks off. */
export async function readText(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += chunk
  return text
}

/**
 * Calls `onData` with the data of each Server-Sent Event that has some; comes back when the stream has ended, or broken off.
 * It is broken off where `onData` throws.
 */
export function readEvents(response: IncomingMessage, onData: (data: string) => void): Promise<void> {
  let rest = ''
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    const events = (rest + chunk).split('\n\n')
    rest = events.pop() ?? ''
    try {
      for (const data of events.map(dataOf)) {
        if (data !== '') onData(data)
      }
    }
    catch (error) {
      response.destroy(error instanceof Error ? error : undefined)
    }
  })
  return new Promise((resolve) => {
    response.on('error', () => resolve()) // as good as its end
    response.on('close', () => resolve())
  })
}

function dataOf(event: string): string {
  return event.split('\n').filter(line => line.startsWith('data:')).map(line => line.slice(5).trim()).join('\n')
}
