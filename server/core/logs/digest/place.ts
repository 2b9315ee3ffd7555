import type { StreamName } from '#shared/schemas/logs'
import { CheckpointView } from '../checkpoint-view'
import type { Cursor } from '../cursor'
import type { RunLog } from '../run-log'
import type { Found } from './extract'
import type { Place } from './index-file'

/** Gives occurrences of one stream of a run their time and what of the other stream comes before them. */
export class PlaceFinder {
  readonly #run: RunLog
  readonly #stream: StreamName
  readonly #view: CheckpointView
  #near = 0

  private constructor(run: RunLog, stream: StreamName, view: CheckpointView) {
    this.#run = run
    this.#stream = stream
    this.#view = view
  }

  static async open(run: RunLog, stream: StreamName): Promise<PlaceFinder> {
    return new PlaceFinder(run, stream, new CheckpointView(await run.ready()))
  }

  async find({ text, end }: Found): Promise<Place> {
    const view = this.#view
    const interval = await view.intervalOf(this.#stream, end, this.#near)
    this.#near = interval
    const { time } = await view.at(interval)
    const before = await view.at(this.#stream === 'stdout' ? interval - 1 : interval)
    // An unterminated last line of stdout ends one after the file and comes before that of stderr.
    const other = this.#stream === 'stdout' ? before.stderr : before.stdout + (interval >= view.count ? 1 : 0)
    return { run: this.#run.run, generation: this.#run.generation, stream: this.#stream, end, other, time, text }
  }

  async close(): Promise<void> {
    await this.#view.close()
  }
}

/** Makes the cursor of the line that ends at a place. */
export function cursorOf({ run, generation, stream, end, other }: Place): Cursor {
  const own = { offset: end, lines: undefined }
  const beside = { offset: other, lines: undefined }
  return { run, generation, stdout: stream === 'stdout' ? own : beside, stderr: stream === 'stdout' ? beside : own, own: stream }
}
