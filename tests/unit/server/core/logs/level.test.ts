import { describe, expect, it } from 'vitest'
import { levelOf } from '../../../../../server/core/logs/level'
import { findCandidate } from '../../../../../server/core/logs/level-candidates'
import type { LogLevel } from '../../../../../shared/schemas/logs'

const TABLE: Record<LogLevel, readonly string[]> = {
  error: [
    '{"level":"error","message":"no route"}',
    '{"time":1,"level":50,"pid":1,"msg":"boom"}',
    '{"name":"app","hostname":"h","pid":1,"level":60,"msg":"bunyan","v":0}',
    '{"severity":"CRITICAL","message":"x"}',
    '{"t":{"$date":"2026-11-26T12:00:00.000Z"},"s":"E",  "c":"STORAGE", "msg":"x"}',
    '{"msg":"request","error":"timeout of 5 s"}',
    'time=2026-11-26T12:00:00Z level=error msg="cannot listen"',
    'ts=1 lvl=fatal msg=x',
    '{ level: \'error\', message: \'printed by console.log\' }',
    '[ERROR] no disk',
    'ERROR: no disk',
    'Error: no disk',
    'error - ./pages/index.tsx',
    'FATAL: database "x" does not exist',
    '2026-11-26 12:00:00.123 UTC [81] ERROR:  relation "orders_v2" does not exist at character 15',
    '2026-11-26 12:00:00,123 - my.module - ERROR - it broke',
    '2026-11-26T12:00:00.000Z ERROR app::db: it broke',
    '2026-11-26 12:00:00.123 ERROR 81 --- [main] o.s.boot.SpringApplication : Application run failed',
    '2026-11-26T12:00:00Z\tERROR\tserver/main.go:7\tit broke',
    '[2026-11-26T12:00:00Z ERROR app] it broke',
    '[Nest] 4242  - 11/26/2026, 1:00:00 PM   ERROR [ExceptionsHandler] it broke',
    'ERROR:root:it broke',
    'ERROR:    [Errno 98] error while attempting to bind on address',
    '[2026-11-26 12:00:00,123: ERROR/MainProcess] Task x raised',
    'E1126 12:00:00.000000   4242 reflector.go:138] Failed to watch',
    'E, [2026-11-26T12:00:00.123456 #81] ERROR -- : it broke',
    'Nov 26 12:00:00 host app[123]: error: it broke',
    '2026/11/26 12:00:00 [emerg] 81#81: bind() to 0.0.0.0:80 failed',
    '[Thu Nov 26 12:00:00.1 2026] [core:error] [pid 81] it broke',
    '12:00:00.000 [error] GenServer terminating',
    'npm ERR! code ELIFECYCLE',
    'npm error code ENOENT',
    'fail: Microsoft.Hosting.Lifetime[0]',
    'PHP Fatal error:  Uncaught TypeError: x',
    'ERROR in ./src/index.ts',
    ' FAIL  tests/a.test.ts > adds',
    ' × adds 5ms',
    '  ● sum › adds',
    'not ok 3 - adds',
    '    not ok 1 - nested',
    '--- FAIL: TestAdd (0.00s)',
    'FAILED tests/test_a.py::test_add - assert 1 == 2',
    '✘ [ERROR] Could not resolve "./x"',
    'src/a.ts(3,5): error TS2322: Type \'string\' is not assignable to type \'number\'.',
    'src/a.ts:3:5 - error TS2322: Type \'string\' is not assignable',
    'main.c:3:5: error: expected \';\'',
    'error[E0308]: mismatched types',
    '  3:5  error  \'x\' is not defined  no-undef',
    ' ERROR  Cannot start nuxt: it broke',
    '[nuxt] [request error] [unhandled] [500] it broke',
    '12:00:00 PM [vite] Internal server error: Failed to resolve import',
    'error during build:',
    ' ⨯ Error: it broke',
    'Module not found: Error: Can\'t resolve \'./x\'',
    'Failed to compile.',
    'TypeError: Cannot read properties of undefined (reading \'id\')',
    'Error [ERR_MODULE_NOT_FOUND]: Cannot find module \'/x.js\'',
    'Uncaught ReferenceError: x is not defined',
    'java.lang.IllegalStateException: it broke',
    'Exception in thread "main" java.lang.RuntimeException',
    'KeyError: \'name\'',
    'Traceback (most recent call last):',
    'sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) x',
    'panic: runtime error: index out of range [3] with length 3',
    'fatal error: all goroutines are asleep - deadlock!',
    'thread \'main\' panicked at src/main.rs:3:5:',
    'app.rb:3:in \'run\': it broke (NameError)',
    '** (ArithmeticError) bad argument in arithmetic expression',
    '<--- Last few GCs ---> FATAL ERROR: Reached heap limit',
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
    'Unhandled exception. System.InvalidOperationException: x',
    'make: *** [Makefile:3: all] Error 2',
    'Segmentation fault (core dumped)',
    'sh: 1: nodemon: command not found',
    '2026/11/26 12:00:00 listen tcp :8080: bind: address already in use',
    'Error response from daemon: no such container',
    'Tests  1 failed | 3 passed (4)',
    'error Command failed with exit code 1.',
    '\x1B[31mERROR\x1B[0m \x1B[90m[db]\x1B[0m gone',
    'unhandledRejection: it broke',
  ],
  warn: [
    '{"level":"warn","msg":"slow"}',
    '{"level":40,"msg":"slow"}',
    'level=warning msg="error budget nearly spent"',
    '[WARN] slow',
    'WARNING: slow',
    'warn - Fast Refresh had to perform a full reload',
    '2026-11-26 12:00:00 WARN  c.e.App - retry after an error',
    'W1126 12:00:00.000000   4242 x.go:1] slow',
    'npm warn deprecated glob@7.2.3: old',
    'npm WARN deprecated glob@7.2.3: old',
    '(node:81) DeprecationWarning: Buffer() is deprecated',
    '(node:81) [DEP0040] DeprecationWarning: The `punycode` module is deprecated.',
    'app.py:3: UserWarning: slow',
    ' WARN  slow',
    '[Vue warn]: Failed to resolve component: x',
    '▲ [WARNING] slow',
    ' ⚠ slow',
    'warning: unused variable: `x`',
    '2026-11-26T12:00:00.000000Z 0 [Warning] [MY-010068] [Server] CA certificate is self signed.',
  ],
  info: [
    '{"level":"info","msg":"error: handled"}',
    '{"level":30,"msg":"request failed and was repeated"}',
    'time=1 level=info msg="error rate 0.1 %"',
    'INFO:     127.0.0.1:5000 - "GET /error HTTP/1.1" 200 OK',
    '2026-11-26 12:00:00 INFO  c.e.App - Error pages are ready',
    'info: Microsoft.Hosting.Lifetime[14]',
    '[INFO] 3 errors were fixed',
  ],
  debug: ['{"level":20,"msg":"x"}', 'DEBUG: error: x', '[trace] x', 'dbug: x[0]'],
}

const NOTHING = [
  '',
  'ready in 312 ms',
  'Listening on http://127.0.0.1:3000/errors',
  'Found 0 errors. Watching for file changes.',
  '12:00:00 PM - Found 0 errors. Watching for file changes.',
  'Compiled with no errors',
  'compiled successfully, without errors',
  'errors: 0',
  'error: null',
  'error: none',
  '{"error":null,"ok":true}',
  '{"errors":[],"data":{}}',
  '12:00:00 error: null',
  'error=false',
  '# fail 0',
  'Tests  12 passed (12), 0 failed',
  'Tests run: 3, Failures: 0, Errors: 0, Skipped: 0',
  '3 passed, 0 failed, 0 warnings',
  '✖ 0 problems (0 errors, 0 warnings)',
  'GET /errors/404 200 3ms',
  'GET /assets/error-page.css 200 3ms',
  '10.0.0.1 - - [26/Nov/2026:12:00:00 +0000] "GET /error HTTP/1.1" 200 612',
  'transforming src/utils/error.ts',
  'dist/errors.js   2.10 kB',
  'hmr update error.vue',
  'registered the error handler',
  'error middleware installed',
  'Using error-boundary v3',
  'node --fail-fast --no-warnings app.js',
  'retry on error is on',
  'fixed 3 errors',
  'stderr is a terminal',
  'onError = [Function: handleError]',
  'log level: error',
  '{"player":"a","level":50}',
  'added 312 packages, and audited 313 packages in 3s',
  'found 0 vulnerabilities',
  '    at getUser (/app/src/error.ts:42:17)',
  '  File "/app/errors.py", line 3, in raise_error',
  '    raise ValueError("x")',
  '  3 | throw new Error(\'x\')',
  '✓ throws an error when the file is missing 3ms',
  'checkpoint complete: wrote 3 buffers (0.0%)',
  'x'.repeat(20_000),
]

describe('levelOf', () => {
  for (const [level, lines] of Object.entries(TABLE)) {
    it.each(lines)(`finds ${level} in: %s`, line => expect(levelOf(line, 'stdout')).toBe(level))
  }

  it.each(NOTHING)('finds no level in: %s', (line) => {
    expect(levelOf(line, 'stdout')).toBeUndefined()
    expect(levelOf(line, 'stderr')).toBeUndefined()
  })

  it('takes fewer words for an error on stderr', () => {
    expect(levelOf('sh: 1: nodemon: not found', 'stderr')).toBe('error')
    expect(levelOf('user not found, creating it', 'stdout')).toBeUndefined()
  })
})

describe('findCandidate', () => {
  it.each([...TABLE.error, ...TABLE.warn])('does not pass over: %s', (line) => {
    const before = Buffer.from('GET /api/items/1 200 3ms\n')
    const found = findCandidate(Buffer.concat([before, Buffer.from(`${line}\n`)]), before.length - 1)
    expect(found).toBeGreaterThanOrEqual(before.length - 1)
  })

  it('passes over what cannot have a level, to the end', () => {
    expect(findCandidate(Buffer.from('GET /api/items/1 200 3ms\n'.repeat(1000)), 0)).toBe(-1)
  })

  it('goes on after a place', () => {
    const data = Buffer.from('one error\ntwo\nthree errors\n')
    const first = findCandidate(data, 0)
    expect(data.toString('latin1', first, first + 5)).toBe('error')
    expect(findCandidate(data, first + 5)).toBe(data.lastIndexOf('error'))
  })
})
