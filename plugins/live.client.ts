/** Opens the one connection of the page and tries again as soon as there is reason to hope. */
export default defineNuxtPlugin(() => {
  const connection = useConnectionStore()
  useProcessesStore().begin()
  connection.connect()
  useEventListener(window, ['online', 'focus'], connection.retryNow)
})
