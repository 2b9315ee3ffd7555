import { z } from 'zod'
import { failure } from '#shared/errors'
import { ProcessId } from '#shared/schemas/basics'
import { logQueryFields, STREAMS } from '#shared/schemas/logs'
import { parseInput } from '#shared/validation'
import { getProcessDigest } from '../server/operations/get-process-digest'
import { getProcessOutput } from '../server/operations/get-process-output'
import type { CallContext } from '../server/operations/define'
import { perform } from '../server/operations/perform'
import { toTextAnswer } from './answers'
import { type Showing, toVantageTool, type VantageTool } from './define-tool'
import { toDigestText } from './digest-text'
import { maskDigest, maskInfo, maskPage, maskRuns } from './masking'
import { DEFAULT_TOKENS } from './output-rows'
import { toOutputText } from './output-text'

/** The streams are also known by the names that older clients use. */
const Stream = z.enum([...STREAMS, 'both', 'Stdout', 'Stderr', 'Both'])
const lowerCase = { stdout: 'stdout', stderr: 'stderr', both: 'both', Stdout: 'stdout', Stderr: 'stderr', Both: 'both' } as const

/** With `around` alone: six lines each side. */
const AROUND_LINES = 13

const Arguments = z.strictObject({
  id: ProcessId,
  mode: z.enum(['digest', 'tail', 'raw'], 'must be "digest", "tail" or "raw"').optional()
    .describe('digest: errors, then the end; default with id alone. raw: lines unclipped.'),
  stream: Stream.optional(),
  lines: logQueryFields.lines.unwrap().optional().describe('Default 100, newest; first ones after since.'),
  since: z.string().optional().describe('Only what came after this cursor.'),
  around: z.string().optional().describe('Lines on both sides of this cursor.'),
  grep: logQueryFields.grep.describe('Regular expression.'),
  ignore_case: z.boolean().optional(),
  context: logQueryFields.context.unwrap().optional().describe('Lines beside each match.'),
  level: logQueryFields.level.describe('warn includes errors.'),
  run: logQueryFields.run,
  max_tokens: z.int('must be a whole number').min(200, 'must be at least 200').max(10_000, 'must be at most 10000').default(DEFAULT_TOKENS),
})
type Arguments = z.output<typeof Arguments>

/** What a digest does not look at: it tells of the whole log. */
const FILTERS = ['stream', 'since', 'around', 'grep', 'ignore_case', 'context', 'level', 'run'] as const

/** Makes the tool that shows the output of a process: a digest of it, or its lines. */
export function toOutputTool(showing: Showing): VantageTool {
  return toVantageTool(getProcessOutput, { ...showing, input: Arguments }, async (raw, context) => {
    const sent = parseInput(Arguments, raw)
    const used = FILTERS.filter(name => sent[name] !== undefined)
    const mode = sent.mode ?? (used.length > 0 || sent.lines !== undefined ? 'tail' : 'digest')
    if (mode === 'digest' && used.length > 0) throw notInDigest(used)
    return toTextAnswer(await (mode === 'digest' ? digestOf(sent, context) : linesOf(sent, context)))
  })
}

/** Makes the digest of a process as text, without its secrets. Throws `PROCESS_NOT_FOUND`. */
export async function digestOf(
  { id, lines, max_tokens: maxTokens }: Pick<Arguments, 'id' | 'lines'> & Partial<Pick<Arguments, 'max_tokens'>>,
  context: CallContext,
): Promise<string> {
  const { digest, tail } = await perform(getProcessDigest, { id }, context)
  const { secrets, ...source } = await sourceOf(id, context)
  return toDigestText(source, { digest: maskDigest(digest, secrets), tail: maskPage(tail, secrets) }, { maxTokens, lines })
}

async function linesOf({ mode, max_tokens: maxTokens, stream, ...rest }: Arguments, context: CallContext): Promise<string> {
  const lines = rest.lines ?? (rest.around === undefined ? undefined : AROUND_LINES)
  const query = parseInput(getProcessOutput.input, { ...rest, lines, stream: lowerCase[stream ?? 'both'] })
  const page = await perform(getProcessOutput, query, context)
  const { secrets, ...source } = await sourceOf(rest.id, context)
  return toOutputText(source, maskPage(page, secrets), { ...query, maxTokens, isRaw: mode === 'raw' })
}

async function sourceOf(id: string, { vantage: { processes } }: CallContext) {
  const secrets = await processes.secrets(id)
  return { process: maskInfo(processes.get(id), secrets), runs: maskRuns(processes.runs(id), secrets), secrets }
}

function notInDigest(fields: readonly string[]) {
  return failure('VALIDATION_FAILED', { problems: fields.map(field => ({ field, reason: 'is not for mode "digest"; leave mode out' })) })
}
