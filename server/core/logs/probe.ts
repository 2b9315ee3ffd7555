import type { StreamName } from '#shared/schemas/logs'
import { blockOf, BLOCK_BYTES } from './lines'
import type { FileLook, LiveFiles } from './live-files'
import type { StreamState } from './log-file'

const PROBE_BYTES = 32

/**
 * The last bytes of a stream when it was read. A file that was cut and has outgrown its old size since then looks like one
 * that grew: only its content tells.
 */
export interface Probe { data: Buffer, at: number, base: number, look: FileLook, takenAt: number }

/** A file system notes changes in steps: what changes twice within one has the same time twice. */
const STEP_MS = 50

/** Gives the probe of a stream as of now; undefined where there is nothing to compare with later. */
export async function takeProbe(files: LiveFiles, stream: StreamState): Promise<Probe | undefined> {
  const { base, size } = stream
  const look = files.look(stream.name)
  const takenAt = Date.now()
  const length = Math.min(PROBE_BYTES, size - base)
  const data = length > 0 ? await files.read(stream.name, size - base - length, length) : undefined
  return data && { data, at: size - length, base, look, takenAt }
}

/** Tells whether the file still has the bytes it had; also when retention took or moved them, which is no cut. */
export async function isAsProbed(files: LiveFiles, stream: StreamState, probe: Probe): Promise<boolean> {
  const isTaken = () => probe.base !== stream.base || probe.at < blockOf(stream.first) * BLOCK_BYTES || stream.isMoving
  if (isTaken()) return true
  const data = await files.read(stream.name, probe.at - probe.base, probe.data.length)
  return !data || isTaken() || data.equals(probe.data)
}

/** Tells whether the file was written to since the probe. */
export function isSame(files: LiveFiles, name: StreamName, { look, takenAt }: Probe): boolean {
  const { size, mtimeMs } = files.look(name)
  return size === look.size && mtimeMs === look.mtimeMs && Math.abs(takenAt - mtimeMs) > STEP_MS
}
