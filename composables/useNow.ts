/** Below this the two clocks count as one: the answer itself takes some time to arrive. */
const TOLERATED_SKEW_MS = 2000

const skewMs = ref(0)
const tick = ref(Date.now())

/** Tells what the host's clock shows, so that "3 s ago" is right where the browser's clock is off. */
export function setHostClock(hostNow: number): void {
  const skew = hostNow - Date.now()
  skewMs.value = Math.abs(skew) > TOLERATED_SKEW_MS ? skew : 0
}

let users = 0
let ticking: ReturnType<typeof setInterval> | undefined

function step(): void {
  if (!document.hidden) tick.value = Date.now()
}

function leave(): void {
  if (--users === 0) clearInterval(ticking)
}

/** The present by the host's clock, in ms, once a second while somebody looks; stands still while the tab is hidden. */
export function useNow() {
  if (users++ === 0) ticking = setInterval(step, 1000)
  onScopeDispose(leave)
  // What is shown first, or after the tab was hidden, does not wait for the next tick.
  if (Math.abs(Date.now() - tick.value) >= 1000) step()
  return computed(() => tick.value + skewMs.value)
}
