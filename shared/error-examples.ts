import { failure, type ErrorBody, type ErrorCode, type ErrorParams } from './errors'

const DISK_FULL = 'ENOSPC: no space left on device'

/** What each code might say: for the documents that are made from the catalogue. */
const params: { readonly [C in ErrorCode]: ErrorParams[C] } = {
  VALIDATION_FAILED: { problems: [{ field: 'comand', reason: 'is not a known field' }] },
  COMMAND_NOT_FOUND: { command: 'pnpn', path: '/usr/local/bin:/usr/bin:/bin' },
  COMMAND_NOT_EXECUTABLE: { command: './run.sh', reason: 'the file has no execute permission' },
  CWD_NOT_FOUND: { cwd: '/home/me/shop', reason: 'it does not exist' },
  UNSAFE_COMMAND: { command: 'npm run build && npm start', found: '"&"' },
  UNSAFE_CWD: { cwd: '../shop' },
  UNSAFE_ENV: { names: ['LD_PRELOAD'] },
  SNAPSHOT_INVALID: { file: '/home/me/shop/vantage.yaml', line: 7, reason: 'comand is not a known field' },
  UNAUTHORIZED: { given: 'nothing' },
  FORBIDDEN_ORIGIN: { origin: 'http://localhost:3000', host: '127.0.0.1:12700' },
  FORBIDDEN_HOST: { host: 'example.com' },
  FORBIDDEN_USER: { uid: 1001 },
  NOT_PERMITTED: { ids: ['web'] },
  NOT_FOUND: { path: '/api/proceses' },
  PROCESS_NOT_FOUND: { id: 'wbe', nearest: ['web'] },
  RUN_NOT_FOUND: { id: 'web', run: 9, newest: 3 },
  METHOD_NOT_ALLOWED: { method: 'DELETE', path: '/api/health', allowed: ['GET', 'HEAD', 'OPTIONS'] },
  PAYLOAD_TOO_LARGE: { limitBytes: 1024 * 1024 },
  UNSUPPORTED_MEDIA_TYPE: { type: 'text/plain' },
  PROCESS_EXISTS: { id: 'web' },
  ALREADY_RUNNING: { id: 'web', pid: 4242 },
  NOT_RUNNING: { id: 'web', state: 'Stopped' },
  PROCESS_RUNNING: { id: 'web', pid: 4242 },
  DEPENDENCY_CYCLE: { cycle: ['web', 'api', 'web'] },
  DEPENDENCY_FAILED: { id: 'web', dependency: 'api', reason: 'it exited with code 1' },
  OTHER_PROJECT: { id: 'web', project: '/home/me/shop', otherId: 'web-2', isOwn: false },
  INTERNAL: { reason: 'The host met an error it did not expect.' },
  SHUTTING_DOWN: {},
  STORAGE_FAILED: { action: 'The definition of "web"', reason: DISK_FULL },
}

/** Gives the error of a code as a caller might get it. */
export function exampleOf(code: ErrorCode): ErrorBody {
  return failure(code, params[code]).toBody()
}
