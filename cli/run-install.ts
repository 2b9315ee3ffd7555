import { mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CLIENT_FORMS, type ClientForm, type ClientName, type ServerEntry } from './client-forms'
import { gitRoot } from './git-root'
import { launchCommand } from './launch-command'
import { newServerFile, withServer } from './server-file'

/** `vantage mcp install`, read by bin/options.mjs. */
export interface InstallRequest {
  client: ClientName
  write: boolean
  /** What `vantage mcp` is to get besides. */
  options: string[]
  /** The launcher that runs this. */
  bin: string
}

/** Prints, or writes, what a client needs to start this copy of Vantage. Gives the exit code. */
export function runInstall({ client, write, options, bin }: InstallRequest): number {
  const form = CLIENT_FORMS[client]
  const { command, args } = launchCommand(bin, process.env.PATH)
  const entry: ServerEntry = { type: 'stdio', command, args: [...args, 'mcp', ...options], ...(form.env && { env: form.env }) }
  const cwd = process.cwd()
  const file = join(gitRoot(cwd) ?? cwd, form.file)
  if (write) return writeEntry(file, form, entry)
  process.stdout.write(newServerFile(form, entry))
  process.stderr.write(`This belongs into ${file}: --write puts it there.\n`)
  return 0
}

function writeEntry(file: string, form: ClientForm, entry: ServerEntry): number {
  try {
    const before = readText(file)
    const after = before === undefined || before.trim() === '' ? newServerFile(form, entry) : withServer(before, form, entry)
    if (after !== before) replaceFile(file, after)
    process.stdout.write(after === before ? `${file} has it already.\n` : `Vantage is in ${file} now.\n`)
    return 0
  }
  catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    process.stderr.write(`vantage: ${file} was not changed: ${reason}.\nWithout --write the command prints what belongs there.\n`)
    return 1
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  }
  catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Nobody sees half a file; a link stays one, and the file keeps its mode. */
function replaceFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const before = statSync(file, { throwIfNoEntry: false })
  const target = before ? realpathSync(file) : file
  const fresh = `${target}.${process.pid}.tmp`
  writeFileSync(fresh, text, { mode: before?.mode ?? 0o644 })
  renameSync(fresh, target)
}
