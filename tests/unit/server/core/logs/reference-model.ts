import { STREAMS, type StreamName } from '#shared/schemas/logs'

export interface ModelLine { run: number, stream: StreamName, text: string }
type Sizes = Record<StreamName, number>
interface ModelRun { run: number, bytes: Record<StreamName, string>, seen: Sizes[], isEnded: boolean }

/** The log as the contract describes it, in memory and without any cleverness. ASCII only: a character is a byte. */
export class ReferenceModel {
  readonly runs: ModelRun[] = []

  get live(): ModelRun | undefined {
    return this.runs.find(({ isEnded }) => !isEnded)
  }

  begin(run: number): void {
    this.runs.push({ run, bytes: { stdout: '', stderr: '' }, seen: [], isEnded: false })
  }

  /** Somebody looks at the sizes. */
  look(): void {
    const { live } = this
    if (!live) return
    const last = live.seen.at(-1) ?? { stdout: 0, stderr: 0 }
    const now = { stdout: live.bytes.stdout.length, stderr: live.bytes.stderr.length }
    if (now.stdout > last.stdout || now.stderr > last.stderr) live.seen.push(now)
  }

  end(): void {
    this.look()
    if (this.live) this.live.isEnded = true
  }

  /** All complete lines in order: by the first look that saw their end, stdout before stderr, then by offset. */
  lines(names: readonly StreamName[] = STREAMS): ModelLine[] {
    return this.runs.flatMap(run => names
      .flatMap(stream => linesOf(run, stream).map(line => ({ ...line, stream, at: run.seen.findIndex(seen => seen[stream] >= line.end) })))
      .map(line => ({ ...line, at: line.at < 0 ? run.seen.length : line.at }))
      .sort((a, b) => a.at - b.at || STREAMS.indexOf(a.stream) - STREAMS.indexOf(b.stream) || a.end - b.end)
      .map(({ stream, text }) => ({ run: run.run, stream, text })))
  }
}

function linesOf({ bytes, isEnded }: ModelRun, stream: StreamName): { text: string, end: number }[] {
  const parts = bytes[stream].split('\n')
  const rest = parts.pop() ?? ''
  let end = 0
  const lines = parts.map(text => ({ text, end: end += text.length + 1 }))
  return isEnded && rest !== '' ? [...lines, { text: rest, end: end + rest.length + 1 }] : lines
}
