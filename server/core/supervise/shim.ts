import type { OutputMode, StdinMode } from '#shared/schemas/supervision'
import type { z } from 'zod'
import { RUN_MARKS } from './environment'
import type { Launcher } from './launcher'
import { OPEN_PIPES, SIGNALS, startCats } from './shim-pipes'

/** What a definition asks of the launch of its process. */
export interface ShimOptions {
  stdin: z.output<typeof StdinMode>
  output: z.output<typeof OutputMode>
  /** Soft and hard limit of open files. */
  openFiles?: number | undefined
}

/** Exit codes of a shim that has recorded no pid: the command was not run. */
export const REFUSED = { stdin: 123, openFiles: 124, pid: 125 } as const

/**
 * The small program between the host and a process. `$0` is the run's ctl directory, `$1` to `$3` are the values of
 * RUN_MARKS, the rest is the command with its arguments, passed untouched. It writes who leads the run to `ctl/pid` before
 * the command runs and the exit code to `ctl/exit` after it, whether a host is alive or not.
 *
 * - The recorder only ever `exec`s, so the recorded pid is the pid of the command, of its group and its session.
 * - `setsid` keeps the shim out of that group: SIGKILL to the group cannot hit it, and the code is always recorded.
 * - Only the command gets the marks: neither the shim nor its `cat`s may pass for something that the run has started.
 * - `trap :` (not `trap ''`) in the foreground gives the command default signals.
 * - fd 9 keeps the shell's own words ("Killed") out of the command's stderr.
 * - The files exist and are filled with blanks: `1<>` overwrites in place, which works on a full disk too.
 *   A command whose pid could not be written is not run.
 */
export function shim(launcher: Launcher, options: ShimOptions): string {
  const isPiped = options.output === 'pipe'
  const isShared = launcher.kind === 'group'
  const files = isPiped ? '>&4 2>&7 4>&- 7>&-' : '2>&9'
  return [
    `trap : ${isShared ? SIGNALS : 'HUP INT QUIT TERM'}`,
    'exec 9>&2 2>/dev/null',
    ...(isPiped ? [OPEN_PIPES, startCats(quote(launcher.cat))] : []),
    `(${isShared ? `exec ${quote(launcher.shell)} -c ${quote(recorder(launcher, options))} "$0" "$@"` : recorder(launcher, options)}) ${files} 9>&-`,
    'echo $? 1<>"$0/exit"',
    // The host tells the cats of a shared group from the run by their parent: it has to outlive them.
    ...(isPiped && isShared ? ['exec 4>&- 7>&-', 'wait'] : []),
  ].join('\n')
}

/** How many blanks the files in `ctl/` hold before the shim writes into them, in bytes. */
export const CTL_FILE_BYTES = 512

/** Takes what the command needs, for what cannot be had must end the start; then records the pid and becomes the command. */
function recorder(launcher: Launcher, { openFiles, stdin }: ShimOptions): string {
  return [
    ...(openFiles === undefined ? [] : [`(ulimit -n ${openFiles}) 2>/dev/null||exit ${REFUSED.openFiles}`]),
    // Open for both, it neither waits for a writer nor ever ends.
    ...(stdin === 'open' ? [`exec 0<>"$0/stdin"||exit ${REFUSED.stdin}`] : []),
    `${lineOf(launcher)}&&echo "$s" 1<>"$0/pid"||exit ${REFUSED.pid}`,
    `export ${RUN_MARKS.map((name, index) => `${name}="$${index + 1}"`).join(' ')}`,
    `shift ${RUN_MARKS.length}`,
    becomeCommand(launcher, openFiles),
  ].join('\n')
}

/**
 * Who leads the run, with its start time, in `$s`. `/proc/self` is the subshell itself, whose `$$` is that of the shim;
 * `ps` needs a shell of its own for it.
 */
function lineOf(launcher: Launcher): string {
  if (launcher.kind === 'session') return 'read -r s </proc/self/stat'
  return `s=$(TZ=UTC0 LC_ALL=C ${quote(launcher.ps)} -o pid= -o pgid= -o lstart= -p $$)`
}

/** The limit of open files comes last: shell and `setsid` themselves need more of them than the least that may be asked for. */
function becomeCommand(launcher: Launcher, openFiles: number | undefined): string {
  const limited = openFiles === undefined ? undefined : `ulimit -n ${openFiles}||exit ${REFUSED.openFiles};exec "$@"`
  if (launcher.kind === 'group') return limited ?? 'exec "$@"'
  const words = limited === undefined ? '' : `${quote(launcher.shell)} -c ${quote(limited)} "$0" `
  return `exec ${quote(launcher.setsid)} -- ${words}"$@"`
}

const quote = (text: string) => `'${text.replaceAll('\'', '\'\\\'\'')}'`
