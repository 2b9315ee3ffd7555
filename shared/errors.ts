/** One field of an input that was refused, and why. */
export interface FieldProblem { field: string, reason: string }

/** What each code needs to say its sentence. */
export interface ErrorParams {
  VALIDATION_FAILED: { problems: FieldProblem[] }
  COMMAND_NOT_FOUND: { command: string, path: string }
  COMMAND_NOT_EXECUTABLE: { command: string, reason: string }
  CWD_NOT_FOUND: { cwd: string, reason: string }
  UNSAFE_COMMAND: { command: string, found: string }
  UNSAFE_CWD: { cwd: string }
  UNSAFE_ENV: { names: string[] }
  SNAPSHOT_INVALID: { file: string, reason: string, line?: number }
  UNAUTHORIZED: { given: 'nothing' | 'token' | 'session' | 'too_many' }
  FORBIDDEN_ORIGIN: { origin: string, host: string }
  FORBIDDEN_HOST: { host: string }
  FORBIDDEN_USER: { uid: number | undefined }
  NOT_PERMITTED: { ids: string[], field?: undefined } | { field: string, ids?: undefined }
  NOT_FOUND: { path: string }
  PROCESS_NOT_FOUND: { nearest: string[], isWish?: boolean } & ({ id: string, group?: undefined } | { group: string, id?: undefined })
  RUN_NOT_FOUND: { id: string, run: number, newest: number | undefined }
  METHOD_NOT_ALLOWED: { method: string, path: string, allowed: string[] }
  PAYLOAD_TOO_LARGE: { limitBytes: number }
  UNSUPPORTED_MEDIA_TYPE: { type: string }
  PROCESS_EXISTS: { id: string }
  ALREADY_RUNNING: { id: string, pid: number | undefined }
  NOT_RUNNING: { id: string, state: string }
  PROCESS_RUNNING: { id: string, pid: number | undefined }
  DEPENDENCY_CYCLE: { cycle: string[] }
  DEPENDENCY_FAILED: { id: string, dependency: string, reason: string }
  OTHER_PROJECT: { id: string, project: string, otherId: string, isOwn: boolean }
  INTERNAL: { reason: string }
  SHUTTING_DOWN: Record<never, never>
  STORAGE_FAILED: { action: string, reason: string }
}

export type ErrorCode = keyof ErrorParams

interface ErrorEntry<P> {
  status: number
  message: (params: P) => string
  hint: (params: P) => string
}

const quoted = (names: string[]) => names.map(name => `"${name}"`).join(', ')

/** The one list of everything that can be refused: status on the wire, what happened, what to do next. */
export const catalogue: { readonly [C in ErrorCode]: ErrorEntry<ErrorParams[C]> } = {
  VALIDATION_FAILED: {
    status: 400,
    message: ({ problems }) => problems.map(({ field, reason }) => (field ? `${field}: ${reason}` : reason)).join('; '),
    hint: () => 'Correct the named fields and send the request again; nothing was changed.',
  },
  COMMAND_NOT_FOUND: {
    status: 400,
    message: ({ command }) => `The command "${command}" was not found.`,
    hint: ({ command, path }) => command.includes('/')
      ? 'Check the path, then correct it with update_process.'
      : `Install it, or give its full path with update_process. Searched PATH: ${path}`,
  },
  COMMAND_NOT_EXECUTABLE: {
    status: 400,
    message: ({ command, reason }) => `The command "${command}" cannot be executed: ${reason}.`,
    hint: () => 'Make the file executable (chmod +x), or run it through its interpreter with update_process.',
  },
  CWD_NOT_FOUND: {
    status: 400,
    message: ({ cwd, reason }) => `The working directory "${cwd}" cannot be used: ${reason}.`,
    hint: () => 'Create the directory, or set another cwd with update_process.',
  },
  UNSAFE_COMMAND: {
    status: 400,
    message: ({ command, found }) => `The command "${command}" contains ${found}, which only a shell would understand.`,
    hint: () => 'command is one executable without a shell; put its arguments into args. For a shell line: command "sh", args ["-c", "…"].',
  },
  UNSAFE_CWD: {
    status: 400,
    message: ({ cwd }) => `The working directory "${cwd}" has a ".." segment.`,
    hint: () => 'Give the directory without "..": absolute, beginning with "~/", or relative to project.',
  },
  UNSAFE_ENV: {
    status: 400,
    message: ({ names }) => `The environment may not set ${quoted(names)}: such variables load code into the process.`,
    hint: () => 'Remove the named variables from env.',
  },
  SNAPSHOT_INVALID: {
    status: 400,
    message: ({ file, reason, line }) => `${file}${line === undefined ? '' : `, line ${line}`}: ${reason}`,
    hint: () => 'Correct the file; nothing was changed.',
  },
  UNAUTHORIZED: {
    status: 401,
    message: ({ given }) => ({
      nothing: 'This host wants a token.',
      token: 'The token is not that of this host.',
      session: 'This session has ended.',
      too_many: 'Too many wrong tokens came from there: for some seconds none is looked at.',
    })[given],
    hint: () => 'Send "Authorization: Bearer TOKEN": VANTAGE_TOKEN, or the file "token" in the data directory, has it.',
  },
  FORBIDDEN_ORIGIN: {
    status: 403,
    message: ({ origin, host }) => `A page of ${origin} may not call Vantage at ${host}.`,
    hint: () => 'Open the dashboard at its own address. Another port on localhost is foreign too.',
  },
  FORBIDDEN_HOST: {
    status: 403,
    message: ({ host }) => `The host name "${host}" is not one that Vantage answers to.`,
    hint: () => 'Use http://127.0.0.1 or http://localhost with the port of the host, or start it with --allow-host and this name.',
  },
  FORBIDDEN_USER: {
    status: 403,
    message: ({ uid }) => uid === undefined ? 'The user of this connection is not known.' : `User ${uid} may not call this host.`,
    hint: () => 'Only the user who runs the host, and root, may connect; a host with a token asks everybody for that instead.',
  },
  NOT_PERMITTED: {
    status: 403,
    message: ({ ids, field }) => {
      if (ids === undefined) return `Only people may set "${field}".`
      return `Agents may only look at ${ids.length === 0 ? 'this host' : quoted(ids)}.`
    },
    hint: () => 'Nothing was changed. Ask your developer to do it, or to allow it in the dashboard.',
  },
  NOT_FOUND: {
    status: 404,
    message: ({ path }) => `There is nothing at ${path}.`,
    hint: () => 'Check the path; GET /api/processes lists the processes.',
  },
  PROCESS_NOT_FOUND: {
    status: 404,
    message: ({ id, group, nearest }) => (group === undefined ? `There is no process "${id}".` : `No process is in a group "${group}".`)
      + (nearest.length > 0 ? ` Nearest: ${quoted(nearest)}.` : ''),
    hint: ({ group, nearest, isWish }) => {
      if (isWish) return 'Give ensure_process its command, args and cwd too, or define it in vantage.yaml of your project. list_processes shows all processes.'
      if (nearest.length > 0) return `Use one of the nearest ${group === undefined ? 'ids' : 'groups'}, or list_processes to see all.`
      return `list_processes shows all processes; ${group === undefined ? 'create_process makes one' : 'update_process sets the group of one'}.`
    },
  },
  RUN_NOT_FOUND: {
    status: 404,
    message: ({ id, run }) => `Process "${id}" has no run ${run} whose log is kept.`,
    hint: ({ newest }) => newest === undefined ? 'It has not been started yet: start_process.' : `Its newest run is ${newest}.`,
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    message: ({ method, path }) => `${method} is not possible at ${path}.`,
    hint: ({ allowed }) => `Possible there: ${allowed.join(', ')}.`,
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    message: ({ limitBytes }) => `The body is larger than ${limitBytes} bytes.`,
    hint: () => 'Send less at once; nothing was changed.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    message: ({ type }) => `A body of type "${type}" is not accepted.`,
    hint: () => 'Send JSON with the header "Content-Type: application/json", or no body at all.',
  },
  PROCESS_EXISTS: {
    status: 409,
    message: ({ id }) => `A process "${id}" exists already.`,
    hint: () => 'Choose another id, or change the existing one with update_process.',
  },
  ALREADY_RUNNING: {
    status: 409,
    message: ({ id, pid }) => `Process "${id}" is already running${pid === undefined ? '' : ` with pid ${pid}`}.`,
    hint: () => 'restart_process starts it afresh; get_process_output shows what it does.',
  },
  NOT_RUNNING: {
    status: 409,
    message: ({ id, state }) => `Process "${id}" is not running: it is ${state}.`,
    hint: () => 'start_process starts it; get_process_output shows its last output.',
  },
  PROCESS_RUNNING: {
    status: 409,
    message: ({ id, pid }) => `Process "${id}" is running${pid === undefined ? '' : ` with pid ${pid}`}.`,
    hint: () => 'Stop it first with stop_process, or remove it with force.',
  },
  DEPENDENCY_CYCLE: {
    status: 409,
    message: ({ cycle }) => `The dependencies form a cycle: ${cycle.join(' → ')}.`,
    hint: () => 'Take one of these out of depends_on; nothing was changed.',
  },
  DEPENDENCY_FAILED: {
    status: 409,
    message: ({ id, dependency, reason }) => `Process "${id}" was not started, because it depends on "${dependency}": ${reason}.`,
    hint: ({ dependency }) => `get_process_output of "${dependency}" shows its last output; when it works, start_process again.`,
  },
  OTHER_PROJECT: {
    status: 409,
    message: ({ id, project }) => `Process "${id}" belongs to another project: ${project}.`,
    hint: ({ otherId, isOwn }) => isOwn
      ? `Nothing was changed. Your project has "${otherId}" already: use that id.`
      : `Nothing was changed. Use another id for yours, such as "${otherId}", which is free.`,
  },
  INTERNAL: {
    status: 500,
    message: ({ reason }) => reason,
    hint: () => 'The log of the host (its stderr, or host.log in the data directory) has the details.',
  },
  SHUTTING_DOWN: {
    status: 503,
    message: () => 'The host is shutting down.',
    hint: () => 'Repeat the call when a host is running again.',
  },
  STORAGE_FAILED: {
    status: 507,
    message: ({ action, reason }) => `${action} could not be stored: ${reason}.`,
    hint: () => 'Make room or correct the permissions of the data directory, then repeat; nothing was changed.',
  },
}

/** An error of the catalogue on the wire: the body of REST answers and of `{ type: "error" }` messages. */
export interface ErrorBody { code: ErrorCode, message: string, hint: string, details?: FieldProblem[] }

/** A refusal with a code of the catalogue. Thrown typed, formatted at the borders (http, mcp, cli). */
export class VantageError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly hint: string
  readonly details: FieldProblem[] | undefined

  constructor(body: ErrorBody & { status: number }, cause?: unknown) {
    super(body.message, { cause })
    this.name = 'VantageError'
    this.code = body.code
    this.status = body.status
    this.hint = body.hint
    this.details = body.details
  }

  toBody(): ErrorBody {
    const { code, message, hint, details } = this
    return details ? { code, message, hint, details } : { code, message, hint }
  }
}

/** Makes the error of one code with its values in the sentence; `cause` is what was caught, if anything. */
export function failure<C extends ErrorCode>(code: C, params: ErrorParams[C], cause?: unknown): VantageError {
  const entry = catalogue[code]
  const details = 'problems' in params ? params.problems : undefined
  return new VantageError({ code, status: entry.status, message: entry.message(params), hint: entry.hint(params), details }, cause)
}

/** Turns whatever was thrown into an error of the catalogue; what is not one of ours is `INTERNAL`. */
export function toVantageError(thrown: unknown): VantageError {
  if (thrown instanceof VantageError) return thrown
  return failure('INTERNAL', { reason: 'The host met an error it did not expect.' }, thrown)
}
