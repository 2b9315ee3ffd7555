import type { ProcessInfo } from '#shared/schemas/process-info'

type Told = Pick<ProcessInfo, 'state' | 'phase' | 'exit_code' | 'signal'>
export type Mood = 'good' | 'busy' | 'bad' | 'quiet'

const PHASES = {
  waiting: ['Waiting', 'busy'],
  starting: ['Starting', 'busy'],
  stopping: ['Stopping', 'busy'],
  running: ['Running', 'good'],
  ready: ['Ready', 'good'],
  unready: ['Not answering', 'bad'],
  backoff: ['Restarting', 'busy'],
} as const
const ENDED = { NotStarted: ['Not started', 'quiet'], Stopped: ['Stopped', 'quiet'], Failed: ['Failed', 'bad'], Running: ['Running', 'good'] } as const

const look = ({ state, phase }: Told) => phase === 'idle' ? ENDED[state] : PHASES[phase]

/** The state in the dashboard's words, with how the last run ended: `Failed, exit code 3`. */
export function statusWords(process: Told): string {
  const [word] = look(process)
  const end = process.exit_code === undefined ? process.signal : `exit code ${process.exit_code}`
  return end === undefined ? word : `${word}, ${end}`
}

/** Whether a status is good news or bad: what its colour says. */
export function moodOf(process: Told): Mood {
  return look(process)[1]
}
