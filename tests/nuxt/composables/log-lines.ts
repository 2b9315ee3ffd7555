import type { LogLine, StreamName } from '#shared/schemas/logs'

/** Lines `from` to `to` (without it) of one run; the cursor of line 7 is `c7`. */
export function lines(from: number, to: number, { run = 1, stream }: { run?: number, stream?: StreamName } = {}): LogLine[] {
  return Array.from({ length: to - from }, (_, offset) => ({
    cursor: `c${from + offset}`,
    at: '2026-01-01T00:00:00.000Z',
    stream: stream ?? 'stdout',
    run,
    text: `line ${from + offset}`,
  }))
}
