import type { ProcessStat, SystemTables } from '../../../../../server/core/supervise/operating-system'

/** A process that sleeps, leads its own session and belongs to pid 1, but for `fields`. */
export function statOf(pid: number, fields: Partial<ProcessStat> = {}): ProcessStat {
  return {
    pid, parent: 1, group: pid, session: pid, startTime: `s${pid}`, isZombie: false, isStopped: false, cpuMs: 0, memoryBytes: 0, ...fields,
  }
}

/** A machine whose tables a test changes; looks at environments and open files are counted. */
export function fakeSystem(...stats: ProcessStat[]) {
  const table = new Map(stats.map(stat => [stat.pid, stat]))
  const machine = {
    marks: new Map<number, string>(),
    /** Inodes of the sockets of a process. */
    sockets: new Map<number, string[]>(),
    /** Ports of the inodes that listen. */
    listening: new Map<string, number>(),
    commands: new Map<number, string>(),
    looks: { environments: 0, files: 0, scans: 0, tables: 0 },
    stats: () => [...table.values()],
    set: (stat: ProcessStat) => void table.set(stat.pid, stat),
    end: (pid: number) => void table.delete(pid),
  }
  const system: SystemTables = {
    pids: () => {
      machine.looks.scans++
      return [...table.keys()]
    },
    stat: pid => table.get(pid),
    commandLine: pid => machine.commands.get(pid),
    environmentVariable: (pid) => {
      machine.looks.environments++
      return machine.marks.get(pid)
    },
    openSocketCount: () => String(machine.listening.size),
    listeningPorts: async () => {
      machine.looks.tables++
      return new Map(machine.listening)
    },
    openSockets: (pid) => {
      machine.looks.files++
      return machine.sockets.get(pid) ?? []
    },
  }
  return { ...machine, system }
}
