/** The views of a process, in the order of their tabs. */
export const TABS = ['logs', 'info', 'runs'] as const
export type ProcessTab = (typeof TABS)[number]
