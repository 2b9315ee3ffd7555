import { cleanLine } from '#shared/clean-text'
import { maskClipped, maskSecrets, type Secret } from '#shared/mask-secrets'
import type { DigestPlace, LogDigest } from '#shared/schemas/digest'
import type { LogPage } from '#shared/schemas/logs'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { RunInfo } from '#shared/schemas/runs'
import type { CallContext } from '../server/operations/define'

/** What a process or its run was said to end of, without its secrets: programs may have given a part of these words. */
export function maskInfo(info: ProcessInfo, secrets: readonly Secret[]): ProcessInfo {
  return info.error === undefined ? info : { ...info, error: maskText(info.error, secrets) }
}

/** The reasons of ended runs without the secrets of their process. */
export function maskRuns(runs: readonly RunInfo[], secrets: readonly Secret[]): RunInfo[] {
  return runs.map(run => run.reason === undefined ? run : { ...run, reason: maskText(run.reason, secrets) })
}

/** A page without secrets. Its lines are cleaned first: colours may stand in the middle of one. */
export function maskPage(page: LogPage, secrets: readonly Secret[]): LogPage {
  return { ...page, lines: page.lines.map(line => ({ ...line, text: maskText(line.text, secrets) })) }
}

/** A digest without secrets. It was cleaned and clipped when it was made. */
export function maskDigest(digest: LogDigest, secrets: readonly Secret[]): LogDigest {
  const place = (at: DigestPlace): DigestPlace => ({ ...at, text: maskClipped(at.text, secrets) })
  const groups = digest.groups.map(group => ({
    ...group,
    first: place(group.first),
    last: place(group.last),
    frames: group.frames.map(frame => maskClipped(frame, secrets)),
  }))
  return { ...digest, groups }
}

/** What agents are shown of processes: the secrets of those that have something to say are looked up. */
export async function withoutSecrets(
  infos: readonly ProcessInfo[],
  { vantage: { processes } }: Pick<CallContext, 'vantage'>,
): Promise<ProcessInfo[]> {
  return await Promise.all(infos.map(async info => info.error === undefined ? info : maskInfo(info, await processes.secrets(info.id))))
}

/** One line of a program, cleaned, without secrets. */
export const maskText = (text: string, secrets: readonly Secret[]) => maskSecrets(cleanLine(text), secrets)
