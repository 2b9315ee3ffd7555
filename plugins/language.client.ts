const KEY = 'vantage-language'

/** The language that was chosen in this browser, else the first of the browser's own that we have, else English. */
function preferred(known: readonly string[]): string {
  const kept = useLocalStorage(KEY, '').value
  const wished = [kept, ...navigator.languages].map(tag => tag.split('-')[0] ?? '')
  return wished.find(tag => known.includes(tag)) ?? 'en'
}

/** Language follows the browser until it is chosen; then the browser keeps it. */
export default defineNuxtPlugin({
  name: 'vantage:language',
  dependsOn: ['i18n:plugin'],
  async setup(nuxtApp) {
    const { locales, setLocale } = nuxtApp.$i18n
    const wanted = locales.value.find(({ code }) => code === preferred(locales.value.map(locale => locale.code)))
    if (wanted) await setLocale(wanted.code)
  },
})
