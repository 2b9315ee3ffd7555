/** Where a scrolled element stands, in pixels. */
export interface ScrollPlace { top: number, height: number, view: number }

export type FollowMode = 'following' | 'paused' | 'detached'

/** What a scroll of the log means. */
export type ScrollMeaning = 'pause' | 'resume' | 'none'

const END_PX = 1

/** Tells whether the last pixel row is in view. */
export function isAtEnd({ top, height, view }: ScrollPlace): boolean {
  return height - view - top <= END_PX
}

/**
 * Tells what a scroll from `before` to `now` means: upwards pauses, downwards to the end follows again.
 * A place that was only clamped because the log became shorter is no movement of the reader.
 */
export function meaningOfScroll(mode: FollowMode, before: ScrollPlace, now: ScrollPlace): ScrollMeaning {
  if (mode === 'following') return now.top < before.top && now.height >= before.height && !isAtEnd(now) ? 'pause' : 'none'
  return mode === 'paused' && now.top > before.top && isAtEnd(now) ? 'resume' : 'none'
}

/** Tells whether older lines should be loaded: within 200 rows of the top. */
export function isNearTop({ top }: ScrollPlace, rowPx: number): boolean {
  return top < 200 * rowPx
}

/** Tells whether newer lines should be loaded, in a log that no longer follows: within 200 rows of its end. */
export function isNearEnd({ top, height, view }: ScrollPlace, rowPx: number): boolean {
  return height - view - top < 200 * rowPx
}
