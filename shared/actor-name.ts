import { cleanLine } from './clean-text'

const MAX_NAME = 64

/** Makes a name that a client has given itself safe to keep and to show: one short line, `otherwise` where nothing is left. */
export function toActorName(name: string | undefined, otherwise: string): string {
  return cleanLine(name ?? '').trim().slice(0, MAX_NAME) || otherwise
}
