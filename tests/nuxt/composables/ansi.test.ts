import { describe, expect, it } from 'vitest'
import { plainText, toTokens } from '~/composables/ansi'

const ESC = '\x1b'
const looks = (text: string) => toTokens(text).map(({ text, classes }) => [text, classes.join(' ')])

describe('tokens of a line', () => {
  it('gives plain text one token without a class', () => {
    expect(looks('GET / 200')).toEqual([['GET / 200', '']])
    expect(looks('')).toEqual([])
  })

  it('names the 16 colours, bright ones too', () => {
    expect(looks(`${ESC}[31mred${ESC}[94mblue${ESC}[0m plain`)).toEqual([['red', 'v-ansi-red'], ['blue', 'v-ansi-bright-blue'], [' plain', '']])
  })

  it('lets a background decide the colour of its text', () => {
    expect(looks(`${ESC}[31;42mboth${ESC}[0m`)).toEqual([['both', 'v-ansi-on v-ansi-on-green']])
  })

  it('takes the nearest of the 16 for palette and RGB colours, with semicolons and with colons', () => {
    expect(looks(`${ESC}[38;5;196mA`)).toEqual([['A', 'v-ansi-red']])
    expect(looks(`${ESC}[38;2;250;250;250mB`)).toEqual([['B', 'v-ansi-bright-white']])
    expect(looks(`${ESC}[38:2::0:180:10mC`)).toEqual([['C', 'v-ansi-green']])
    expect(looks(`${ESC}[38;5;1mD`)).toEqual([['D', 'v-ansi-red']])
    expect(looks(`${ESC}[48;5;240mE`)).toEqual([['E', 'v-ansi-on v-ansi-on-bright-black']])
  })

  it('keeps decorations, apart from blinking and hiding', () => {
    expect(looks(`${ESC}[1;4mstrong${ESC}[0m${ESC}[5;8mseen`)).toEqual([['strong', 'v-ansi-bold v-ansi-underline'], ['seen', '']])
  })

  it('strips titles, links, cursor moves, erasures and stray control characters', () => {
    expect(plainText(`${ESC}]0;title\x07a${ESC}]8;;javascript:alert(1)${ESC}\\b${ESC}]8;;${ESC}\\c`)).toBe('abc')
    expect(plainText(`${ESC}[2J${ESC}[1;1Hx${ESC}[Ky${ESC}(Bz${ESC}7${ESC}=\x08\x00!`)).toBe('xyz!')
    expect(plainText(`${ESC}[38;5;12`)).toBe('')
    expect(plainText(`${ESC}Pq#0;2;0;0;0${ESC}\\after`)).toBe('after')
  })

  it('shows the last overwrite of a progress line, and keeps tabs', () => {
    expect(plainText('10%\r50%\r100%')).toBe('100%')
    expect(plainText('done\r')).toBe('done')
    expect(plainText('a\tb')).toBe('a\tb')
  })

  it('shows a line in the order it has, and nothing that hides in it', () => {
    expect(plainText('user\u202E\u2066// admin\u2069\u2066 only')).toBe('user// admin only')
    expect(plainText('pass\u200Bword\u2060\uFEFF\u00AD!\u{E0041}\u{E0042}')).toBe('password!')
    expect(plainText('one\u2028two')).toBe('one two')
    expect(looks(`${ESC}[31m\u202Ered`)).toEqual([['red', 'v-ansi-red']])
  })

  it('keeps what scripts and emoji are written with', () => {
    expect(plainText('שלום می\u200Cخواهم 👨\u200D👩\u200D👧 ☀\uFE0F')).toBe('שלום می\u200Cخواهم 👨\u200D👩\u200D👧 ☀\uFE0F')
  })

  it('leaves markup as text', () => {
    expect(looks('<img src=x onerror=alert(1)> &amp;')).toEqual([['<img src=x onerror=alert(1)> &amp;', '']])
  })
})
