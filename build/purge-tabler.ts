import { PurgeCSS } from 'purgecss'

const TABLER = /@tabler\/core\/dist\/css\/tabler(\.min)?\.css/

/** Vite plugin: keeps of Tabler's style sheet what the sources of the page name (79 kB gzip become about 20). */
export function purgeTabler(root: string) {
  return {
    name: 'vantage:purge-tabler',
    apply: 'build' as const,
    enforce: 'pre' as const,
    async transform(code: string, id: string) {
      if (!TABLER.test(id)) return undefined
      const [kept] = await new PurgeCSS().purge({
        content: ['app.vue', 'error.vue', '{pages,components}/**/*.vue', '{composables,stores}/**/*.ts'].map(glob => `${root}/${glob}`),
        css: [{ raw: code }],
        variables: false,
        safelist: { standard: [/data-bs-theme/, 'html', 'body', 'dialog'] },
      })
      return kept ? { code: kept.css, map: null } : undefined
    },
  }
}
