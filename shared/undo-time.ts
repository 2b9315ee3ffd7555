/** How long a call can be taken back, in ms. */
export const UNDO_KEPT_MS = 10 * 60_000
