import type { ProcessInfo } from '#shared/schemas/process-info'

/** What a process takes, in words; nothing where it does not run or nobody measured it. */
export function useNumbers(process: () => ProcessInfo) {
  const metrics = useMetricsStore()
  const { percent, bytes } = useFormat()
  const numbers = computed(() => metrics.numbersOf(process()))
  const words = (value: number | undefined, say: (value: number) => string) => value === undefined ? undefined : say(value)

  return {
    cpu: computed(() => words(numbers.value.cpu_percent, percent)),
    memory: computed(() => words(numbers.value.memory_bytes, bytes)),
    ports: computed(() => numbers.value.ports ?? []),
  }
}
