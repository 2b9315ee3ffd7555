import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { failure } from '#shared/errors'

/**
 * Makes named pipes of ours alone (0600). Node.js has no call for it.
 * Throws `STORAGE_FAILED` with what the program says.
 */
export async function makePipes(mkfifo: string, files: readonly string[]): Promise<void> {
  if (files.length === 0) return
  try {
    await promisify(execFile)(mkfifo, ['-m', '600', ...files], { env: { LC_ALL: 'C' } })
  }
  catch (cause) {
    throw failure('STORAGE_FAILED', { action: 'The input and output of the process', reason: reasonOf(cause) }, cause)
  }
}

function reasonOf(cause: unknown): string {
  const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
  return (said.split('\n')[0] ?? '') || (cause instanceof Error ? cause.message : String(cause))
}
