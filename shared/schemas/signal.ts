import { z } from 'zod'

/** Signals by name; those a person would end or prod a process with. */
export const SignalName = z.enum([
  'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGKILL', 'SIGABRT', 'SIGALRM', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGWINCH',
], 'must be the name of a signal, such as SIGTERM or SIGINT')
export type SignalName = z.output<typeof SignalName>
