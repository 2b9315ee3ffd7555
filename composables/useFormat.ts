const UNITS = [['d', 86_400], ['h', 3600], ['m', 60], ['s', 1]] as const

/** Splits a duration into its two largest units: 8040000 ms is 2 h and 14 min. */
export function splitDuration(milliseconds: number): { unit: 'd' | 'h' | 'm' | 's', count: number }[] {
  let rest = Math.max(0, Math.floor(milliseconds / 1000))
  const parts: { unit: 'd' | 'h' | 'm' | 's', count: number }[] = []
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds)
    rest -= count * seconds
    if (count > 0 || (unit === 's' && parts.length === 0)) parts.push({ unit, count })
  }
  return parts.slice(0, 2)
}

const KIBI = 1024
const MEBI = KIBI ** 2
const GIBI = KIBI ** 3

/** Numbers, times and durations in the chosen language. */
export function useFormat() {
  const { t, locale } = useI18n()
  const numbers = computed(() => new Intl.NumberFormat(locale.value))
  const clock = computed(() => new Intl.DateTimeFormat(locale.value, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }))
  const full = computed(() => new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }))

  const unit = (name: 'percent' | 'megabyte' | 'gigabyte', digits: number) => new Intl.NumberFormat(locale.value, {
    style: 'unit', unit: name, maximumFractionDigits: digits,
  })
  const units = computed(() => ({ whole: unit('percent', 0), small: unit('percent', 1), megabytes: unit('megabyte', 0), gigabytes: unit('gigabyte', 1) }))

  const number = (value: number) => numbers.value.format(value)
  const duration = (milliseconds: number) => splitDuration(milliseconds)
    .map(({ unit, count }) => t(`duration.${unit}`, { n: number(count) })).join(t('duration.join'))

  return {
    number,
    duration,
    ago: (milliseconds: number) => {
      const [part = { unit: 's', count: 0 }] = splitDuration(milliseconds)
      return part.count === 0 ? t('duration.now') : t('duration.ago', { duration: t(`duration.${part.unit}`, { n: number(part.count) }) })
    },
    /** Percent of one core; tenths where they say something. */
    percent: (value: number) => (value < 10 ? units.value.small : units.value.whole).format(value),
    /** Memory as system tools give it: an MB is 1024² bytes. */
    bytes: (value: number) => value < GIBI ? units.value.megabytes.format(value / MEBI) : units.value.gigabytes.format(value / GIBI),
    time: (at: number | string) => clock.value.format(new Date(at)),
    dateTime: (at: number | string) => full.value.format(new Date(at)),
  }
}
