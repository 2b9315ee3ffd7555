import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { assignPorts, type PortRequest } from '../../../../../server/core/process/assign-ports'

const request = (changed: Partial<PortRequest> = {}): PortRequest =>
  ({ id: 'web', project: '/shop', remembered: {}, taken: new Set(), ...changed })

async function holding(port: number, host: string): Promise<AsyncDisposable> {
  const server = createServer().listen({ port, host })
  await once(server, 'listening')
  return { [Symbol.asyncDispose]: async () => void await once(server.close(), 'close') }
}

describe('assignPorts', () => {
  it('passes fixed numbers through, and gives "auto" the same free port each time', async () => {
    const rules = { PORT: 'auto', API_PORT: 'auto', FIXED: 443 } as const
    const first = await assignPorts(rules, request())
    expect(first.FIXED).toBe(443)
    for (const name of ['PORT', 'API_PORT']) {
      expect(first[name]).toBeGreaterThanOrEqual(20_000)
      expect(first[name]).toBeLessThan(30_000)
    }
    expect(first.PORT).not.toBe(first.API_PORT)
    expect(await assignPorts({ FIXED: 443, API_PORT: 'auto', PORT: 'auto' }, request())).toEqual(first)
  })

  it('gives another port to another id and to another project', async () => {
    const ports = await Promise.all([{}, { id: 'api' }, { project: '/other' }, { project: undefined }]
      .map(changed => assignPorts({ PORT: 'auto' }, request(changed))))
    expect(new Set(ports.map(({ PORT }) => PORT)).size).toBe(4)
  })

  it.each(['127.0.0.1', '0.0.0.0', '::', '::1'])('takes the next port when somebody listens on %s', async (host) => {
    const { PORT = 0 } = await assignPorts({ PORT: 'auto' }, request())
    await using _ = await holding(PORT, host)
    expect((await assignPorts({ PORT: 'auto' }, request())).PORT).not.toBe(PORT)
    expect((await assignPorts({ PORT: 'auto' }, request({ remembered: { PORT } }))).PORT).not.toBe(PORT)
  })

  it('keeps a remembered port while it is free', async () => {
    const { PORT = 0 } = await assignPorts({ PORT: 'auto' }, request({ id: 'somebody-else' }))
    expect(await assignPorts({ PORT: 'auto' }, request({ remembered: { PORT } }))).toEqual({ PORT })
    expect((await assignPorts({ PORT: 'auto' }, request({ remembered: { PORT }, taken: new Set([PORT]) }))).PORT).not.toBe(PORT)
  })

  it('gives no port twice, neither one of another process nor a fixed one of this', async () => {
    const { PORT = 0 } = await assignPorts({ PORT: 'auto' }, request())
    expect((await assignPorts({ PORT: 'auto' }, request({ taken: new Set([PORT]) }))).PORT).not.toBe(PORT)
    expect((await assignPorts({ PORT: 'auto', Z: PORT }, request())).PORT).not.toBe(PORT)
    const same = await assignPorts({ A: 'auto', B: 'auto' }, request({ remembered: { A: PORT, B: PORT } }))
    expect(same.A).toBe(PORT)
    expect(same.B).not.toBe(PORT)
  })

  it('says so when none is left', async () => {
    const taken = new Set(Array.from({ length: 10_000 }, (_, at) => 20_000 + at))
    await expect(assignPorts({ PORT: 'auto' }, request({ taken }))).rejects.toMatchObject({ code: 'INTERNAL' })
  })
})
