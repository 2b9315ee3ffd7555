import { describe, expect, it } from 'vitest'
import { urlIn } from '../../../../server/operations/find-url'

describe('urlIn', () => {
  it.each([
    ['  ➜  Local:   http://localhost:5173/app/', 'http://localhost:5173/app/'],
    ['Listening on http://0.0.0.0:5173.', 'http://localhost:5173'],
    ['running at https://[::]:5173/', 'https://localhost:5173/'],
    ['open http://127.0.0.1:5173/?token=abc, then log in', 'http://127.0.0.1:5173/?token=abc'],
    ['see (http://box.local:5173)', 'http://box.local:5173'],
    ['http://localhost:51730/', undefined],
    ['http://localhost:80 and no more', undefined],
    ['port 5173', undefined],
  ])('of %j is %s', (line, url) => {
    expect(urlIn([line], [5173])).toBe(url)
  })

  it('prefers this machine to its name in the network, and that to none', () => {
    const lines = ['Network: http://192.168.1.5:3000/', 'any: http://0.0.0.0:3000/any', 'Local: http://localhost:3000/own', 'http://localhost:3000/later']
    expect(urlIn(lines, [3000, 4000])).toBe('http://localhost:3000/own')
    expect(urlIn(lines.slice(0, 2), [3000])).toBe('http://localhost:3000/any')
    expect(urlIn(lines.slice(0, 1), [3000])).toBe('http://192.168.1.5:3000/')
  })
})
