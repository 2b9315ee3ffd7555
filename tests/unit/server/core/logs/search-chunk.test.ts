import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toChunkPattern } from '../../../../../server/core/logs/chunk-pattern'
import { levelOf } from '../../../../../server/core/logs/level'
import { searchChunk } from '../../../../../server/core/logs/search-chunk'

/** The rule without any cleverness: each line on its own, with or without its colours. */
function expectedLines(lines: readonly string[], pattern: string, flags: string): string[] {
  const expression = new RegExp(pattern, flags)
  return lines.filter((line) => {
    const text = line.replace(/\r$/, '')
    return expression.test(text) || expression.test(stripVTControlCharacters(text))
  })
}

function foundLines(lines: readonly string[], filter: { pattern?: string, flags?: string, level?: 'error' | 'warn' }): string[] {
  const data = Buffer.from(lines.map(line => `${line}\n`).join(''))
  const chunk = { data, stream: 'stdout' as const, isLine: false, length: 0, isTerminated: true }
  const found = searchChunk(chunk, { pattern: filter.pattern, flags: filter.flags ?? '', level: filter.level })
  return found.flatMap((start, index) => index % 2 === 0 ? [data.toString('utf8', start, (found[index + 1] ?? 0) - 1)] : [])
}

const atom = fc.constantFrom(
  'a', 'b', '1', '.', '^', '$', '\\b', '\\B', '\\s', '\\S', '\\w', '\\W', '\\d', '\\D', '\\t', '\\r', '\\n', '\\x1b', '\\u2028', '\\0',
  '[^a]', '[^-a]', '[^]', '[]', '[ab]', '[\\s\\S]', '[^\\s]', '[^\\W\\d]', '[\\t-~]', '[ -~]', '[^\\]]', '\\[', '\\.', 'é', '日', '\\cJ', '\\1',
  '(?=a)', '(?!b)', '(?<=a)', '(?<!b)', '(?:ab|1)', '(?<name>a)', '(a|b)', '(^|a)', '($|b)',
)
const pattern = fc.array(fc.tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '{2}', '*?', '|')), { minLength: 1, maxLength: 5 })
  .map(parts => parts.map(part => part.join('')).join(''))
  .filter((text) => {
    try {
      return text.length > 0 && new RegExp(text) instanceof RegExp
    }
    catch {
      return false
    }
  })
const piece = fc.constantFrom('a', 'b', 'ab', '1', ' ', '-', '\t', '\r', '\x1B[1m', '\x1B[0m', '\x1B', '\u2028', 'é', '日本', '\0', ']', 'A')

describe('searchChunk', () => {
  it('finds over a whole chunk what it would find line by line', () => {
    fc.assert(fc.property(
      pattern, fc.constantFrom('', 'i'), fc.array(fc.array(piece, { maxLength: 6 }).map(parts => parts.join('')), { minLength: 1, maxLength: 8 }),
      (text, flags, lines) => {
        expect(foundLines(lines, { pattern: text, flags }), text).toEqual(expectedLines(lines, text, flags))
      },
    ), { numRuns: Number(process.env.MODEL_RUNS ?? 3000) })
  })

  it('looks at a line up to 64 KiB', () => {
    const long = 'x'.repeat(65_535)
    expect(foundLines(['a', `${long}a`, `${long}xa`, 'a'], { pattern: 'a$' })).toEqual(['a', `${long}a`, 'a'])
  })

  it('finds the lines of a level, alone and with a pattern', () => {
    const lines = ['ERROR first', 'all well', 'warning: old', 'error: no disk', '0 errors', 'not ok 1', 'Error: last']
    for (const level of ['error', 'warn'] as const) {
      const expected = lines.filter(line => ['error', level].includes(levelOf(line, 'stdout') ?? ''))
      expect(foundLines(lines, { level })).toEqual(expected)
      expect(foundLines(lines, { level, pattern: 'o d|irst' })).toEqual(['ERROR first', 'error: no disk'])
    }
  })
})

describe('toChunkPattern', () => {
  it('keeps usual patterns from crossing a line end', () => {
    for (const usual of ['error', '^GET \\d+', '[^ ]+ms$', '\\s{2}', '\\W', '(?:a|b)*', '(?<name>x)', '\\bfoo\\b', '[\\w.-]+@', 'a.*b', '[^-a]']) {
      const rewritten = toChunkPattern(usual)
      expect(rewritten, usual).toBeDefined()
      expect([...'a  \nb\n\n x\n'.matchAll(new RegExp(rewritten ?? '', 'gm'))].join('|')).not.toContain('\n')
    }
  })

  it('leaves what looks around or back to the slower way', () => {
    for (const unusual of ['a(?=b)', '(?<!a)b', '(a)\\1', '[\\s\\S]', 'a\\nb', '\\x0a', 'a\nb', '[\\t-a]']) {
      expect(toChunkPattern(unusual), unusual).toBeUndefined()
    }
  })
})
