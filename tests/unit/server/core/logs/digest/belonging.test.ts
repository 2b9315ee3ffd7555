import { describe, expect, it } from 'vitest'
import { isForeign } from '../../../../../../server/core/logs/digest/belonging'

describe('isForeign', () => {
  it.each([
    '    at getUser (/app/src/users.ts:42:17)',
    '    at Timeout.<anonymous> (file:///app/server.mjs:7:21)',
    '    at Object.<anonymous> (/app/index.js:1:1)',
    '    at async file:///app/server.mjs:3:1',
    '  File "/app/main.py", line 3, in <module>',
  ])('does not hold for a frame of the program: %s', (frame) => {
    expect(isForeign(frame)).toBe(false)
  })

  it.each([
    '    at listOnTimeout (node:internal/timers:581:17)',
    '    at Array.map (<anonymous>)',
    '    at <anonymous>',
    '    at Layer.handle (/app/node_modules/express/lib/router/layer.js:95:5)',
    '  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode',
  ])('holds for one of a library: %s', (frame) => {
    expect(isForeign(frame)).toBe(true)
  })
})
