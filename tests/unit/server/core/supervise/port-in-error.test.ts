import { describe, expect, it } from 'vitest'
import { portInError } from '../../../../../server/core/supervise/port-in-error'

const TAKEN: [from: string, port: number, text: string][] = [
  ['node', 3000, `node:events:497
      throw er; // Unhandled 'error' event
Error: listen EADDRINUSE: address already in use :::3000
    at Server.setupListenHandle [as _listen2] (node:net:1817:16)
    at listenInCluster (node:net:1865:12) {
  code: 'EADDRINUSE',
  errno: -98,
  syscall: 'listen',
  address: '::',
  port: 3000
}
Node.js v20.20.2`],
  ['node with a host', 8080, 'Error: listen EADDRINUSE: address already in use 127.0.0.1:8080'],
  ['node of old', 4000, 'Error: listen EADDRINUSE :::4000'],
  ['node, the tail of its error alone', 3001, `  code: 'EADDRINUSE',
  errno: -98,
  syscall: 'listen',
  address: '::',
  port: 3001
}`],
  ['vite', 5173, 'error when starting dev server:\nError: Port 5173 is already in use\n    at Server.onError (file:///app/node_modules/vite/dist/node/chunks/dep.js:45596:18)'],
  ['next', 3000, ' \u001B[31m\u001B[1m⨯\u001B[22m\u001B[39m Failed to start server\nError: listen EADDRINUSE: address already in use :::3000\n    at <unknown> (Error: listen EADDRINUSE: address already in use :::3000)'],
  ['next, trying on', 3000, ' ⚠ Port \u001B[1m3000\u001B[22m is in use by process 4242, using available port 3001 instead.'],
  ['create-react-app', 3000, 'Something is already running on port 3000.'],
  ['nuxt', 3000, ' ERROR  listen EADDRINUSE: address already in use 0.0.0.0:3000'],
  ['bun', 3000, 'error: Failed to start server. Is port 3000 in use?\n syscall: "listen",\n   errno: 0,\n    code: "EADDRINUSE"'],
  ['deno', 8000, 'Listening on http://localhost:8000/\nerror: Uncaught (in promise) AddrInUse: Address already in use (os error 98)'],
  ['python asyncio, uvicorn', 8000, 'ERROR:    [Errno 98] error while attempting to bind on address (\'127.0.0.1\', 8000): address already in use'],
  ['python on macOS', 8001, 'OSError: [Errno 48] error while attempting to bind on address (\'::1\', 8001, 0, 0): address already in use'],
  ['python with a line of its own', 8000, 'serving on port 8000\nTraceback (most recent call last):\n  File "/usr/lib/python3.11/socketserver.py", line 472, in server_bind\n    self.socket.bind(self.server_address)\nOSError: [Errno 98] Address already in use'],
  ['gunicorn', 8000, '[2026-01-01 12:30:45 +0000] [41] [ERROR] Connection in use: (\'127.0.0.1\', 8000)\n[2026-01-01 12:30:45 +0000] [41] [ERROR] Retrying in 1 second.'],
  ['flask', 5000, 'Address already in use\nPort 5000 is in use by another program. Either identify and stop that program, or start the server with a different port.'],
  ['django', 8000, 'Starting development server at http://127.0.0.1:8000/\nQuit the server with CONTROL-C.\nError: That port is already in use.'],
  ['go', 8080, '2026/01/01 12:30:45 listen tcp :8080: bind: address already in use'],
  ['go with a host', 9090, 'panic: listen tcp4 0.0.0.0:9090: bind: address already in use'],
  ['go with IPv6', 9091, 'listen tcp [::1]:9091: bind: address already in use'],
  ['caddy', 2019, 'Error: loading initial config: starting caddy administration endpoint: listen tcp 127.0.0.1:2019: bind: address already in use'],
  ['docker', 5432, 'Error response from daemon: Bind for 0.0.0.0:5432 failed: port is already allocated.'],
  ['spring', 8080, 'Web server failed to start. Port 8080 was already in use.'],
  ['jetty', 8080, 'java.io.IOException: Failed to bind to /0.0.0.0:8080\nCaused by: java.net.BindException: Address already in use'],
  ['java, plain', 7070, 'Starting on port 7070\nException in thread "main" java.net.BindException: Address already in use\n\tat java.base/sun.nio.ch.Net.bind0(Native Method)'],
  ['puma', 3000, '/usr/lib/puma/binder.rb:334:in `initialize\': Address already in use - bind(2) for "127.0.0.1" port 3000 (Errno::EADDRINUSE)'],
  ['ruby of old', 9292, 'Address already in use - bind(2) for 127.0.0.1:9292 (Errno::EADDRINUSE)'],
  ['nginx', 80, 'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)'],
  ['nginx on IPv6', 8080, 'nginx: [emerg] bind() to [::]:8080 failed (98: Address already in use)'],
  ['apache', 80, '(98)Address already in use: AH00072: make_sock: could not bind to address [::]:80'],
  ['hyper', 3000, 'error binding to 127.0.0.1:3000: error creating server listener: Address already in use (os error 98)'],
  ['rust', 3000, 'listening on http://0.0.0.0:3000\nError: Os { code: 98, kind: AddrInUse, message: "Address already in use" }'],
  ['php', 8000, '[Thu Jan  1 12:30:45 2026] Failed to listen on localhost:8000 (reason: Address already in use)'],
  ['.net', 5000, 'System.IO.IOException: Failed to bind to address http://127.0.0.1:5000: address already in use.'],
  ['redis', 6379, '41:M 01 Jan 2026 12:30:45.123 # Warning: Could not create server TCP listening socket *:6379: bind: Address already in use'],
  ['postgres', 5432, 'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\nHINT:  Is another postmaster already running on port 5432? If not, wait a few seconds and retry.'],
  ['mysql', 3306, '[ERROR] Can\'t start server: Bind on TCP/IP port: Address already in use\n[ERROR] Do you already have another mysqld server running on port: 3306 ?'],
  ['phoenix', 4000, '[error] Running AppWeb.Endpoint with Bandit 1.5.0 at http failed, port 4000 already in use'],
  ['ssh', 8080, 'bind [127.0.0.1]:8080: Address already in use'],
  ['socat', 8080, '2026/01/01 12:30:45 socat[41] E bind(5, {AF=2 0.0.0.0:8080}, 16): Address already in use'],
  ['the last of several', 3002, 'Error: listen EADDRINUSE: address already in use :::3001\nError: listen EADDRINUSE: address already in use :::3002'],
]

const OTHER: [why: string, text: string][] = [
  ['nothing is in use', 'listening on port 3000'],
  ['a port is named in another error', 'Error: connect ECONNREFUSED 127.0.0.1:3000'],
  ['a Unix socket is in use', 'Error: listen EADDRINUSE: address already in use /tmp/app.sock\n    at Server.setupListenHandle [as _listen2] (node:net:1817:16)'],
  ['no port is named', 'Traceback (most recent call last):\n  File "/usr/lib/python3.11/socketserver.py", line 472, in server_bind\nOSError: [Errno 98] Address already in use'],
  ['only a time is near', '12:30:45 starting\n2026-01-01T12:30:45.123Z bind: Address already in use'],
  ['the number is none of a port', 'port 99999 is already in use'],
  ['the database is in use', 'database "shop" is in use by 3000 clients'],
]

describe('portInError', () => {
  it.each(TAKEN)('finds the port in the words of %s', (_, port, text) => {
    expect(portInError(text.split('\n'))).toBe(port)
  })

  it.each(OTHER)('finds none where %s', (_, text) => {
    expect(portInError(text.split('\n'))).toBeUndefined()
  })

  it('looks at the head of endless lines only', () => {
    expect(portInError([`${'x'.repeat(3000)} port 3000 is already in use`])).toBeUndefined()
    expect(portInError([`port 3000 is already in use ${'x'.repeat(1_000_000)}`])).toBe(3000)
  })

  it.each(['port ', 'port:', 'a:1', '1.', ':', '[:', 'listen tcp x', 'in use: ', '\u001B[', '(\'a', 'on a'])('comes back from lines full of %j', (word) => {
    const lines = Array.from({ length: 20 }, () => `Address already in use ${word.repeat(2000)}`.slice(0, 2000))
    expect(portInError(lines)).toBeUndefined() // with backtracking this would not come back
  })
})
