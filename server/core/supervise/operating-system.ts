/** What the kernel says of one process. */
export interface ProcessStat {
  pid: number
  group: number
  session: number
  /** When it began, in a form that only serves to be compared: a recycled pid has another one. */
  startTime: string
  /** Ended and not yet collected by its parent, or being taken down: it answers signals but runs no more. */
  isZombie: boolean
}

/** What the engine needs to know of the machine and do to it; tests may give another one. */
export interface OperatingSystem {
  /** Differs after each boot of the machine. */
  bootId: () => Promise<string>
  /** Gives what is known of `pid`, or undefined when there is no such process. */
  stat: (pid: number) => ProcessStat | undefined
  /** All processes of a process group, zombies included. */
  groupMembers: (group: number) => ProcessStat[]
  /** Tells whether the environment that `pid` was started with has this entry (`NAME=value`). */
  hasEnvironment: (pid: number, entry: string) => boolean
  /** Sends a signal to a whole group; tells whether there was anybody to receive it. */
  signalGroup: (group: number, signal: NodeJS.Signals) => boolean
  groupExists: (group: number) => boolean
}
