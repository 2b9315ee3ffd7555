import { VantageError } from '#shared/errors'
import type { Secret } from '#shared/mask-secrets'
import type { ProcessDefinition } from '#shared/schemas/definition'
import type { Engine } from './engine'
import { environmentOf } from './launch-plan'
import type { Run } from './run'

const SECRET_NAME = /KEY(?!BOARD|MAP)|TOKEN|SECRET|PASSWORD|PASSWD|PWD|CREDENTIAL|AUTH(?!OR(?:_|S|$))|COOKIE|SESSION|PRIVATE|DSN/i
const NOT_SECRET = new Set(['PWD', 'OLDPWD'])

const MIN_LENGTH = 6
/** One word, a number, a path: what settings are made of. Masking them would take the sense out of every line. */
const PLAIN = /^(?:[a-z]{1,15}|[A-Z][a-z]{1,14}|[A-Z]{1,15}|\d{1,9}|(?:\/(?:home|Users|root|tmp|run|usr|etc|var|opt|app|srv|mnt|private|data|workspace)\/|~\/|\.{1,2}\/).*)$/
const URL_START = /^[a-z][a-z\d+.-]*:\/\//i

/**
 * Gives what of an environment must not be shown: values of variables that are named like secrets, and in any variable the
 * password of a URL. Values of several lines count line by line, as output has them.
 */
export function secretsIn(env: Readonly<Record<string, string>>): Secret[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const isNamed = SECRET_NAME.test(name) && !NOT_SECRET.has(name)
    const values = URL_START.test(value) ? inUrl(value, isNamed) : isNamed ? value.split('\n').map(line => line.trim()) : []
    return values.filter(isSecret).map(secret => ({ name, value: secret }))
  })
}

/**
 * Gives the secrets of a process: of the environment that its newest run got, as far as it is known, and of its definition.
 * What an environment file held for a run of an earlier host is what it holds now.
 */
export async function secretsOf(engine: Engine, definition: ProcessDefinition, run: Run | undefined): Promise<Secret[]> {
  const all = [...secretsIn(await environmentFor(engine, definition, run)), ...secretsIn(definition.env)]
  return all.filter(({ value }, at) => all.findIndex(other => other.value === value) === at)
}

async function environmentFor(engine: Engine, definition: ProcessDefinition, run: Run | undefined): Promise<Record<string, string>> {
  try {
    return await environmentOf(engine, run ?? { spec: { definition } })
  }
  catch (error) {
    // A file that cannot be read now is refused at the next start, where it matters; here it tells nothing more.
    if (error instanceof VantageError) return { ...engine.environment, ...run?.spec.definition.env }
    throw error
  }
}

/** The password of a URL; in one that is itself a secret (a DSN) the user as well, and parameters named like secrets. */
function inUrl(text: string, isNamed: boolean): string[] {
  if (!URL.canParse(text)) return isNamed ? [text] : []
  const { username, password, searchParams } = new URL(text)
  const parameters = [...searchParams].filter(([name]) => SECRET_NAME.test(name)).map(([, value]) => value)
  const user = isNamed && password === '' ? [username] : []
  return [password, ...user].flatMap(part => [part, decoded(part)]).concat(parameters)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  }
  catch {
    return part // a bare "%" in it
  }
}

function isSecret(value: string): boolean {
  return value.length >= MIN_LENGTH && !PLAIN.test(value) && !value.startsWith('-----')
}
