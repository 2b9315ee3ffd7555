import { concessions, isMissed, toMarkdown, type Row } from './report.ts'

export interface Circumstances { machine: string, load: string }

/** The page docs/benchmarks.md: the table with its circumstances, and what a peer does better. */
export function toPage(rows: readonly Row[], { machine, load }: Circumstances): string {
  const missed = rows.filter(isMissed)
  const better = concessions(rows)
  return `# Benchmarks

Written by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}. ${machine}; load ${load}.

Peers are pm2 7.0.4 and supervisor 4 (Debian's package), each in a directory of its own with the same programs, driven by their own commands.
What is compared was measured in turns, 5 rounds in this one run: medians, with the least and the most. Ratios are of medians of this run.
The physical limit is what the same work takes without any process manager.

${toMarkdown(rows)}

## Targets missed

${missed.length === 0 ? 'None.' : missed.map(row => `- ${row.what}`).join('\n')}

## Where a peer is better

${better.length === 0 ? 'In none of the rows above.' : better.map(line => `- ${line}`).join('\n')}
`
}
