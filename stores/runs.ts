import type { RunInfo } from '#shared/schemas/runs'

/** The runs of one process, newest first, as far as they are known. */
export interface KnownRuns { runs: readonly RunInfo[], status: 'loading' | 'ready' | 'error', error?: RequestError }

const UNKNOWN: KnownRuns = { runs: [], status: 'loading' }

/** The earlier runs of processes; a page reads them anew when the run of its process changes. */
export const useRunsStore = defineStore('runs', () => {
  const byId = shallowReactive(new Map<string, KnownRuns>())
  let loads = 0
  const newest = new Map<string, number>()

  const of = (id: string): KnownRuns => byId.get(id) ?? UNKNOWN

  /** Reads the runs of a process. What is known already stays on show meanwhile, and after a failure. */
  async function load(id: string): Promise<void> {
    const mine = ++loads
    newest.set(id, mine)
    const known = await read(id, of(id).runs)
    if (newest.get(id) === mine) byId.set(id, known)
  }

  return { of, load }
})

async function read(id: string, before: readonly RunInfo[]): Promise<KnownRuns> {
  try {
    const runs = await request<RunInfo[]>(`/api/processes/${encodeURIComponent(id)}/runs`)
    return { runs: runs.toSorted((a, b) => b.run - a.run), status: 'ready' }
  }
  catch (thrown) {
    return { runs: before, status: 'error', error: toRequestError(thrown) }
  }
}
