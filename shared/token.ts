/** The variable that has the token of a host, and the file in the data directory that has it where the variable is not set. */
export const TOKEN_VARIABLE = 'VANTAGE_TOKEN'
export const TOKEN_FILE = 'token'

const MAX_CHARACTERS = 1024

/** A token, and where it was found: the variable's name or the file. */
export interface FoundToken { token: string, source: string }

/**
 * Finds the token of a data directory: the variable goes before `file`, which `read` gives the text of. Undefined where
 * neither is there. Throws an Error that names the source, never the token, for what cannot be one: it would protect nothing.
 */
export function findToken(
  env: Readonly<Record<string, string | undefined>>,
  file: string,
  read: (file: string) => string,
): FoundToken | undefined {
  const variable = env[TOKEN_VARIABLE]
  const [source, text] = variable === undefined ? [file, readIfThere(file, read)] : [TOKEN_VARIABLE, variable]
  if (text === undefined) return undefined
  const token = text.trim()
  const problem = problemOf(token)
  if (problem) throw new Error(`${source} ${problem}: "openssl rand -hex 24" makes a token.`)
  return { token, source }
}

/** Says in one sentence what a client does whose token was refused: `found` is what it has sent, if anything. */
export function tokenAdvice(found: FoundToken | undefined, dataDir: string): string {
  const file = `${dataDir}/${TOKEN_FILE}`
  return found
    ? `The token came from ${found.source}. Give the one that the host was started with: in ${TOKEN_VARIABLE}, or in ${file}.`
    : `No token was sent. Give the one that the host was started with: in ${TOKEN_VARIABLE}, or in ${file}.`
}

function readIfThere(file: string, read: (file: string) => string): string | undefined {
  try {
    return read(file)
  }
  catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw error
  }
}

function problemOf(token: string): string | undefined {
  if (token === '') return 'is empty'
  if (!/^[\x21-\x7E]+$/.test(token)) return 'must have one word of visible ASCII characters, because a header carries it'
  return token.length > MAX_CHARACTERS ? `has more than ${MAX_CHARACTERS} characters` : undefined
}
