import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { createEvent } from 'h3'
import { describe, expect, it } from 'vitest'
import { type EventStream, openEventStream, toText } from '../../../../server/http/event-stream'
import { waitFor } from '../../../helpers/wait-for'

describe('toText', () => {
  it('writes a message on one data line, whatever line breaks are in it', () => {
    expect(toText({ id: '7', event: 'process.changed', data: { text: 'a\nb' } })).toBe('id: 7\nevent: process.changed\ndata: {"text":"a\\nb"}\n\n')
  })

  it('moves the id without a message', () => {
    expect(toText({ id: '7' })).toBe('id: 7\n\n')
  })
})

describe('openEventStream', () => {
  it('waits for a reader that does not read, and ends when it goes', async () => {
    let stream: EventStream | undefined
    const server = createServer((req, res) => {
      stream = openEventStream(createEvent(req, res))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const request = get({ port: typeof address === 'object' ? address?.port : 0, host: '127.0.0.1' })
    const [answer] = await once(request, 'response')
    answer.pause()
    const opened = await waitFor('the stream is open', () => stream)

    let sent = 0
    const sending = (async () => {
      while (!opened.signal.aborted) {
        await opened.send({ data: 'x'.repeat(64 * 1024) })
        sent++
      }
    })()
    let looks = 0
    let last = -1
    await waitFor('nothing is sent over 20 looks', () => {
      looks = last === sent ? looks + 1 : 0
      last = sent
      return looks === 20
    })
    expect(sent).toBeLessThan(500)
    request.destroy()
    await sending
    expect(opened.signal.aborted).toBe(true)
    server.close()
  })
})
