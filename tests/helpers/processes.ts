import { readdirSync, readFileSync } from 'node:fs'

/** Tells whether a process runs, by what the kernel says; a zombie does not. */
export function isRunning(pid: number): boolean {
  const state = /\) (\S)/.exec(read(`/proc/${pid}/stat`))?.[1]
  return state !== undefined && state !== 'Z' && state !== 'X'
}

/** The pids whose environment has this entry (`NAME=value`), zombies left out. */
export function pidsWithEnvironment(entry: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => read(`/proc/${pid}/environ`).split('\0').includes(entry) && isRunning(pid))
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  }
  catch {
    return '' // it has gone, or is not ours
  }
}
