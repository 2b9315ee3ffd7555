/** What the kernel says of one process. */
export interface ProcessStat {
  pid: number
  parent: number
  group: number
  session: number
  /** When it began, in a form that only serves to be compared: a recycled pid has another one. */
  startTime: string
  /** Ended and not yet collected by its parent, or being taken down: it answers signals but runs no more. */
  isZombie: boolean
  /** Suspended by a signal. */
  isStopped: boolean
  /** Processor time it has used so far, of all its threads, in ms. */
  cpuMs: number
  /** The same of its children that have ended, where the system tells. */
  endedChildrenCpuMs?: number
  /** Resident memory. */
  memoryBytes: number
  /** Differs after each program that the process becomes (exec), where the system tells: its environment does not change else. */
  image?: string
}

/** What the engine needs to know of the machine and do to it: the one seam between the engine and a system. */
export interface OperatingSystem {
  /** Differs after each boot of the machine. */
  bootId: () => Promise<string>
  /** Gives what is known of `pid`, or undefined when there is no such process. */
  stat: (pid: number) => ProcessStat | undefined
  /** Everything that runs on the machine, zombies included: one look, of some 25 µs a process. */
  processes: () => ProcessStat[]
  /** Gives a variable of the environment that `pid` was started with; undefined where there is none or it cannot be read. */
  environmentVariable: (pid: number, name: string) => string | undefined
  /** The command line of a process in one line, for people; undefined when it has gone. */
  commandLine: (pid: number) => string | undefined
  /** Sends a signal to one process; tells whether it was there to receive it. */
  signal: (pid: number, signal: NodeJS.Signals) => boolean
  /** Sends a signal to a whole group; tells whether there was anybody to receive it. */
  signalGroup: (group: number, signal: NodeJS.Signals) => boolean
  /** The pids of everything that runs on the machine. */
  pids: () => number[]
  /** How many TCP sockets are open, in a form that only serves to be compared; costs next to nothing. */
  openSocketCount: () => string
  /** The listening TCP sockets of the machine: a name for each, on Linux its inode, and its port. Takes the kernel some ms. */
  listeningPorts: () => Promise<Map<string, number>>
  /** The names of the sockets that `pid` has open; none when it has gone or is not ours to look at. */
  openSockets: (pid: number) => string[]
}

/** What a sampler needs of the machine: each look is short, so that the event loop can turn between them. */
export type SystemTables = Pick<
  OperatingSystem,
  'stat' | 'environmentVariable' | 'commandLine' | 'pids' | 'openSocketCount' | 'listeningPorts' | 'openSockets'
>
