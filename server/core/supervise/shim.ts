/**
 * The small program between the host and a process. `$0` is the run's ctl directory, `"$@"` the command with its
 * arguments, passed untouched. It writes the line of `/proc/PID/stat` to `ctl/pid` before the command runs and the
 * exit code to `ctl/exit` after it, whether a host is alive or not.
 *
 * - The inner shell only ever `exec`s, so the recorded pid is the pid of the command, of its group and its session.
 * - `setsid` keeps the shim out of that group: SIGKILL to the group cannot hit it, and the code is always recorded.
 * - `trap :` (not `trap ''`) in the foreground gives the command default signals.
 * - fd 9 keeps the shell's own words ("Killed") out of the command's stderr.
 * - Both files exist and are filled with blanks: `1<>` overwrites in place, which works on a full disk too.
 *   A command whose pid could not be written is not run (125).
 * - The autogroup write lowers the share of the processor that a flood gets, where the kernel groups by session.
 */
export function shim(setsid: string): string {
  const inner = 'echo 10 2>/dev/null >/proc/self/autogroup;exec "$@"'
  const recorder = `read -r s </proc/$$/stat&&echo "$s" 1<>"$0/pid"||exit 125;exec ${setsid} /bin/sh -c '\\''${inner}'\\'' "$0" "$@"`
  return [
    'trap : HUP INT QUIT TERM',
    'exec 9>&2 2>/dev/null',
    `(exec /bin/sh -c '${recorder}' "$0" "$@" 2>&9 9>&-)`,
    'echo $? 1<>"$0/exit"',
  ].join('\n')
}

/** How many blanks `ctl/pid` and `ctl/exit` hold before the shim writes into them, in bytes. */
export const CTL_FILE_BYTES = 512
