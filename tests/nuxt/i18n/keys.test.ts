import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogue } from '#shared/errors'

interface Texts { [key: string]: string | Texts }

function flat(texts: Texts, path = ''): Map<string, string> {
  return new Map(Object.entries(texts).flatMap(([key, value]) => (
    typeof value === 'string' ? [[`${path}${key}`, value] as const] : [...flat(value, `${path}${key}.`)]
  )))
}

// Read as files: an import would give the compiled messages.
const root = join(import.meta.dirname, '../../..')
const read = (locale: string) => flat(JSON.parse(readFileSync(join(root, `i18n/locales/${locale}.json`), 'utf8')))
const english = read('en')
const japanese = read('ja')
const placeholders = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort()

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(vue|ts)$/.test(entry.name))
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
}

describe('the texts', () => {
  it('have the same keys in English and Japanese, and none is empty', () => {
    expect([...japanese.keys()].sort()).toEqual([...english.keys()].sort())
    expect([...english, ...japanese].filter(([, text]) => text.trim() === '' && text !== ' ').map(([key]) => key)).toEqual(['duration.join'])
  })

  it('have the same placeholders in both languages', () => {
    const different = [...english].filter(([key, text]) => (
      JSON.stringify(placeholders(text)) !== JSON.stringify(placeholders(japanese.get(key) ?? ''))
    )).map(([key]) => key)
    expect(different).toEqual([])
  })

  it('exist for every key that the page names', () => {
    const named = ['pages', 'components', 'composables', 'stores'].flatMap(folder => sources(join(root, folder)))
      .flatMap(code => [...code.matchAll(/(?:\bt\(|keypath=)['"]([a-z_]+\.[\w.]+)['"]/g)].map(([, key = '']) => key))
    expect(named.length).toBeGreaterThan(80)
    expect([...new Set(named)].filter(key => !english.has(key))).toEqual([])
  })

  it('have a sentence for every error that the dashboard can meet', () => {
    const elsewhere = ['SNAPSHOT_INVALID', 'METHOD_NOT_ALLOWED', 'UNSUPPORTED_MEDIA_TYPE']
    const missing = Object.keys(catalogue).filter(code => !english.has(`errors.${code}`))
    expect(missing.filter(code => !elsewhere.includes(code))).toEqual([])
  })
})
