import { createDarwin } from './darwin'
import { findProgram, type Launcher } from './launcher'
import { linux } from './linux'
import type { OperatingSystem } from './operating-system'

/** What the engine stands on: what the kernel tells, and how a run is launched. */
export interface System {
  os: OperatingSystem
  /** Looks for the programs of a launch. Throws `INTERNAL` where one is missing, which ends the start of a host. */
  findLauncher: (path: string) => Launcher
}

/** This system cannot keep what Vantage promises: no host is started on it. */
export class UnsupportedSystemError extends Error {
  constructor(platform: string) {
    super(`Vantage cannot host processes on ${platform === 'win32' ? 'Windows' : platform}: that a process outlives its host, keeps `
      + 'its log and tells its exit code needs sessions, signals and a shell of POSIX. Run it on Linux or macOS; on Windows inside WSL 2.')
    this.name = 'UnsupportedSystemError'
  }
}

/** Gives the system of a platform (`process.platform`). Throws `UnsupportedSystemError` for all but Linux and macOS. */
export function systemFor(platform: NodeJS.Platform): System {
  if (platform === 'linux') return { os: linux, findLauncher: linuxLauncher }
  if (platform === 'darwin') return { os: createDarwin(), findLauncher: darwinLauncher }
  throw new UnsupportedSystemError(platform)
}

const SHELL = '/bin/sh'

function linuxLauncher(path: string): Launcher {
  const coreutils = { path, origin: 'package coreutils' }
  return {
    kind: 'session',
    shell: SHELL,
    setsid: findProgram('setsid', { path, origin: 'package util-linux' }),
    cat: findProgram('cat', coreutils),
    mkfifo: findProgram('mkfifo', coreutils),
  }
}

function darwinLauncher(path: string): Launcher {
  const part = { path, origin: 'part of macOS' }
  return { kind: 'group', shell: SHELL, ps: findProgram('ps', part), cat: findProgram('cat', part), mkfifo: findProgram('mkfifo', part) }
}
