/**
 * Sends a signal (0: none) with `kill(2)`, to a group when `target` is negative; tells whether there was anybody to receive it.
 * What belongs to another user cannot be reached: that is no reason to leave the others alone.
 */
export function sendSignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal)
  }
  catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM')) return false
    throw error
  }
}
