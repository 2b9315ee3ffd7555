/** What may be sent to a group, for a shell that is to live on. */
export const SIGNALS = 'HUP INT QUIT TERM ABRT ALRM PIPE USR1 USR2'

/**
 * What the shim does besides where the output of a process goes through `cat`: `exec` and `&` make of each of the two
 * named pipes what pipe(2) would give, without waiting for the other side: 4 and 7 to write, 5 and 8 to read.
 */
export const OPEN_PIPES = [
  'exec 3<>"$0/stdout" 4>"$0/stdout" 5<"$0/stdout" 6<>"$0/stderr" 7>"$0/stderr" 8<"$0/stderr"',
  'exec 3>&- 6>&-',
].join('\n')

/**
 * One `cat` (quoted for the shell) for each stream, into the log that is open as fd 1 or 9. They are in the session of the shim, deaf to
 * signals, and end with the last holder of the pipe; then `ctl/drained` says so. One that could not write (a full disk)
 * is followed by another: the process shall neither be stuck nor get SIGPIPE for it.
 */
export const startCats = (cat: string) => [
  `(trap '' ${SIGNALS}`,
  'exec 4>&- 7>&-',
  `d() { until ${cat}; do case $? in 126|127) break;; esac; done; }`,
  'd <&8 >&9 5<&- 8<&- 9>&- &',
  'd <&5 5<&- 8<&- 9>&-',
  'wait',
  'echo 0 1<>"$0/drained") &',
  'exec 5<&- 8<&-',
].join('\n')
