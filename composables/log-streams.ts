import type { StreamChoice } from '#shared/schemas/logs'

/** The choices of the stream filter, in the order in which they are shown. */
export const StreamChoices: readonly StreamChoice[] = ['both', 'stdout', 'stderr']
