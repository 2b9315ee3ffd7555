import { describe, expect, it } from 'vitest'
import { ListeningPorts } from '../../../../../server/core/supervise/ports'
import { fakeSystem, statOf } from './fake-system'

function machine() {
  const fake = fakeSystem()
  const ports = new ListeningPorts(fake.system)
  const trees = new Map([['api', [statOf(100), statOf(101)]], ['web', [statOf(200)]]])
  const listen = (pid: number, port: number, inode = `${port}`) => {
    fake.sockets.set(pid, [...fake.sockets.get(pid) ?? [], inode])
    fake.listening.set(inode, port)
  }
  return { ...fake, listen, trees, of: async (id: string, now = 0) => (await ports.of(trees, now)).get(id) }
}

describe('ListeningPorts', () => {
  it('gives the ports of all members, ascending and each once', async () => {
    const { listen, of } = machine()
    listen(101, 8080)
    listen(100, 3000, 'v4')
    listen(100, 3000, 'v6')
    listen(999, 22)
    expect(await of('api')).toEqual([3000, 8080])
    expect(await of('web')).toBeUndefined()
  })

  it('looks at open files only when something new listens or a member is new', async () => {
    const { listen, looks, of, trees } = machine()
    listen(100, 3000)
    await of('api')
    const { files } = looks
    await of('api')
    expect(looks.files).toBe(files)
    trees.set('web', [statOf(200), statOf(201)])
    await of('api')
    expect(looks.files).toBe(files + 1)
    listen(201, 5173)
    expect(await of('web')).toEqual([5173])
    expect(looks.files).toBe(files + 5)
  })

  it('reads the table of sockets when their number or a member has changed, and every five seconds', async () => {
    const { listen, listening, looks, of, trees, sockets } = machine()
    listen(100, 3000)
    await of('api')
    await of('api', 4999)
    expect(looks.tables).toBe(1)
    listening.delete('3000')
    listening.set('other', 4000)
    sockets.set(100, ['other'])
    expect(await of('api', 4999)).toEqual([3000])
    expect(await of('api', 5000)).toEqual([4000])
    listen(101, 5000)
    expect(await of('api', 5000)).toEqual([4000, 5000])
    trees.set('web', [statOf(201)])
    await of('web', 5000)
    expect(looks.tables).toBe(4)
  })

  it('forgets a port that is no longer listened on', async () => {
    const { listen, listening, of } = machine()
    listen(100, 3000)
    expect(await of('api')).toEqual([3000])
    listening.clear()
    expect(await of('api')).toBeUndefined()
  })

  it('finds the socket of a member that it has not seen when the socket was new', async () => {
    const { listen, of, trees } = machine()
    listen(300, 4000)
    expect(await of('web')).toBeUndefined()
    trees.set('web', [statOf(200), statOf(300)])
    expect(await of('web')).toEqual([4000])
  })

  it('gives a socket to the run that still has it when another run has ended', async () => {
    const { listen, of, trees, sockets } = machine()
    listen(100, 3000)
    await of('api')
    trees.delete('api')
    sockets.set(200, ['3000'])
    expect(await of('web')).toEqual([3000])
  })
})
