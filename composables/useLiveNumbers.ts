/** Keeps the numbers of running processes live while this part of the page is there and its tab is looked at. */
export function useLiveNumbers() {
  const metrics = useMetricsStore()
  const visibility = useDocumentVisibility()
  let end: (() => void) | undefined

  function stop(): void {
    end?.()
    end = undefined
  }

  watch(visibility, (now) => {
    stop()
    if (now === 'visible') end = metrics.watchLive()
  }, { immediate: true })
  onScopeDispose(stop)
}
