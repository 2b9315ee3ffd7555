import { defineEventHandler } from 'h3'
import { streamsEnd, toContext } from '../http/host'
import type { CallContext } from '../operations/define'

/** The SDK and the tools come with the first request: the dashboard never pays for them. */
const load = () => Promise.all([import('../../mcp/http'), import('../../mcp/server')])

let loading: ReturnType<typeof open> | undefined

async function open({ sessions }: CallContext['vantage']) {
  const [{ createMcpEndpoint }, { createMcpServer }] = await load()
  const endpoint = createMcpEndpoint({ listener: sessions })
  streamsEnd.addEventListener('abort', () => void endpoint.close(), { once: true })
  return { endpoint, createMcpServer }
}

export default defineEventHandler(async (event) => {
  const { req, res } = event.node
  const { vantage, caller } = await toContext(event.node)
  const { endpoint, createMcpServer } = await (loading ??= open(vantage))
  // h3 must not touch the response any more: the transport writes it.
  event._handled = true
  await endpoint.handle(req, res, {
    session: caller.session,
    createServer: session => createMcpServer({ vantage, caller: { ...caller, session } }),
  })
})
