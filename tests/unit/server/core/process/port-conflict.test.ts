import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { portsIn } from '../../../../../server/core/process/port-conflict'
import { define, openEngine } from '../../../../helpers/engine'
import { listenOnLoopback } from '../../../../helpers/loopback'
import { waitFor } from '../../../../helpers/wait-for'

describe('portsIn', () => {
  it.each([
    [{ args: ['-m', 'http.server', '8000', '--bind', '127.0.0.1'] }, [8000]],
    [{ args: ['--port=3000', '-v1'], env: { DB_PORT: '5432', LEVEL: '9000' } }, [5432, 3000]],
    [{ ready: { http: 'http://localhost:4000/x' }, assign_ports: { PORT: 4001 } }, [4000, 4001]],
    [{ args: ['99999', '1.25.3', 'a123456b', '7'] }, []],
    [{ args: ['10', '11', '12', '13', '14', '15'] }, [10, 11, 12, 13, 14]],
  ])('of %j are %j', (fields, ports) => {
    expect(portsIn(define({ id: 'web', command: 'x', ...fields }))).toEqual(ports)
  })
})

describe('a port that is taken', () => {
  it('is found in the definition where the program does not name it', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await using other = await listenOnLoopback(createServer())
    const { port } = other
    const script = 'echo "OSError: [Errno 98] Address already in use" >&2; exit 1'
    await processes.create(define({ id: 'web', command: 'sh', args: ['-c', script, 'sh', String(port)] }), {})
    await processes.start('web', {})
    await waitFor('it has failed', () => processes.get('web').state === 'Failed')
    expect(processes.get('web').error).toContain(`port ${port} is held by pid ${process.pid}`)
    expect(await processes.portConflict('web')).toMatchObject({ port, holder: { pid: process.pid } })
  })
})
