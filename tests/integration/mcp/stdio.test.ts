import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../../scripts/ensure-build.mjs'
import { slowness } from '../../helpers/slowness'
import { waitFor } from '../../helpers/wait-for'
import { initialize, millisecondsUntilExit, playground, startBridge, toFrame } from './playground'

beforeAll(ensureBuild)

const initialized = { method: 'notifications/initialized' }

describe('vantage mcp on stdio', () => {
  it('ends with 0 within a second of the end of stdin, before initialize', async () => {
    await using ground = await playground()
    await using bridge = startBridge(ground)
    bridge.send({ id: 'probe', method: 'server/discover' })
    await bridge.answer('probe')
    expect(await millisecondsUntilExit(bridge.child, () => bridge.child.stdin.end())).toBeLessThan(1000 * await slowness())
    expect(bridge.child.exitCode).toBe(0)
  })

  it('ends with 0 within a second of the end of stdin, after initialize', async () => {
    await using ground = await playground()
    await using bridge = startBridge(ground)
    bridge.send(initialize(1))
    await bridge.answer(1)
    bridge.send(initialized)
    expect(await millisecondsUntilExit(bridge.child, () => bridge.child.stdin.end())).toBeLessThan(1000 * await slowness())
    expect(bridge.child.exitCode).toBe(0)
  })

  it('still answers what was asked before stdin ended', async () => {
    await using ground = await playground()
    await using bridge = startBridge(ground)
    bridge.send(initialize(1))
    await bridge.answer(1)
    bridge.send(initialized)
    bridge.child.stdin.end(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' }))
    expect((await bridge.ended).code).toBe(0)
    expect(bridge.out.map(toFrame).map(({ id }) => id)).toEqual([1, 2])
  })

  it('writes a large answer to its end before it goes', async () => {
    await using ground = await playground()
    await using bridge = startBridge(ground)
    bridge.send(initialize(1))
    await bridge.answer(1)
    const message = 'z'.repeat(900_000)
    bridge.send({ id: 2, method: 'tools/call', params: { name: 'echo', arguments: { message } } })
    bridge.child.stdin.end()
    expect((await bridge.ended).code).toBe(0)
    expect((await bridge.answer(2)).result).toMatchObject({ content: [{ text: message }] })
  })

  it('ends within a second of SIGTERM while nobody reads what it has written', async () => {
    await using ground = await playground()
    await using bridge = startBridge(ground)
    bridge.send(initialize(1))
    await bridge.answer(1)
    bridge.child.stdout.pause()
    const message = 'z'.repeat(900_000)
    for (let id = 2; id < 6; id++) bridge.send({ id, method: 'tools/call', params: { name: 'echo', arguments: { message } } })
    await waitFor('it has begun to write', () => bridge.child.stdout.readableLength > 0)
    expect(await millisecondsUntilExit(bridge.child, () => bridge.child.kill('SIGTERM'))).toBeLessThan(1000 * await slowness())
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends within a second of %s', async (signal) => {
    await using ground = await playground()
    await using bridge = startBridge(ground)
    bridge.send(initialize(1))
    await bridge.answer(1)
    expect(await millisecondsUntilExit(bridge.child, () => bridge.child.kill(signal))).toBeLessThan(1000 * await slowness())
    expect(bridge.child.exitCode).toBe(0)
  })

  it('ends when nobody reads its answers any more', async () => {
    await using ground = await playground()
    await using bridge = startBridge(ground)
    bridge.send(initialize(1))
    await bridge.answer(1)
    bridge.child.stdout.destroy()
    bridge.send({ id: 2, method: 'tools/list' })
    expect((await bridge.ended).code).toBe(0)
  })

  it('answers a probe before initialize at once, and anything else that comes too early', async () => {
    await using ground = await playground()
    await using bridge = startBridge(ground)
    bridge.send({ id: 'probe', method: 'server/discover' })
    bridge.send({ id: 2, method: 'tools/list' })
    expect((await bridge.answer('probe')).error?.code).toBe(-32601)
    expect((await bridge.answer(2)).error?.code).toBe(-32601)
    bridge.send(initialize(3))
    expect((await bridge.answer(3)).result).toMatchObject({ protocolVersion: '2025-11-25' })
  })

  it('survives garbage, half lines and a frame of 10 MB, and writes nothing but frames', async () => {
    await using ground = await playground()
    await using bridge = startBridge(ground)
    bridge.send(initialize(1))
    bridge.write('this is no JSON\n[1,2]\n{"half":')
    bridge.write('true}\n')
    bridge.write(`{"jsonrpc":"2.0","id":5,"method":"${'x'.repeat(11_000_000)}"}\n`)
    bridge.write(`{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"echo","arguments":{"message":"${'y'.repeat(2_000_000)}"}}}\n`)
    await bridge.answer(1)
    bridge.send(initialized)
    bridge.send({ id: 7, method: 'tools/call', params: { name: 'echo', arguments: { message: 'still here' } } })
    bridge.send({ id: 8, method: 'no/such/method' })
    expect((await bridge.answer(7)).result).toMatchObject({ content: [{ type: 'text', text: 'still here' }] })
    expect((await bridge.answer(8)).error?.code).toBe(-32601)
    expect((await bridge.answer(6)).error?.message).toContain('1048576')
    const errors = bridge.out.map(toFrame).filter(({ id }) => id === null).map(({ error }) => error?.code)
    expect(errors.sort()).toEqual([-32600, -32600, -32700, -32700])
  })
})
