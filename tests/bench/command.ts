import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

const LIMIT_MS = 60_000

/** Runs a command to its end, its output unread. Throws when it fails, or does not end within a minute. */
export async function runCommand([file = '', ...args]: readonly string[], env: Record<string, string | undefined>): Promise<void> {
  const child = spawn(file, args, { env, stdio: 'ignore', timeout: LIMIT_MS, killSignal: 'SIGKILL' })
  const [code, signal] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code ?? signal}`)
}

/** Makes `file` where it is not there yet by running `make`. */
export async function ensure(file: string, make: () => Promise<unknown>): Promise<string> {
  if (!existsSync(file)) await make()
  if (!existsSync(file)) throw new Error(`its installation did not bring ${file.split('/').at(-1)}`)
  return file
}
