import { describe, expect, it } from 'vitest'
import { isNearEnd, isNearTop, meaningOfScroll } from '~/composables/follow'

const at = (top: number, height = 2000) => ({ top, height, view: 400 })
const END = 1600

describe('the meaning of a scroll', () => {
  it('pauses on any move up, even of two pixels', () => {
    expect(meaningOfScroll('following', at(END), at(END - 2))).toBe('pause')
  })

  it('does not pause when lines were added below, nor when the log became shorter', () => {
    expect(meaningOfScroll('following', at(END), at(END, 2400))).toBe('none')
    expect(meaningOfScroll('following', at(END), at(100, 500))).toBe('none')
  })

  it('follows again only after a move down to the end', () => {
    expect(meaningOfScroll('paused', at(1000), at(1500))).toBe('none')
    expect(meaningOfScroll('paused', at(1000), at(END))).toBe('resume')
    expect(meaningOfScroll('paused', at(END), at(END))).toBe('none')
  })

  it('never follows by itself when it is detached', () => {
    expect(meaningOfScroll('detached', at(1000), at(END))).toBe('none')
  })

  it('loads within 200 rows of either end', () => {
    expect([isNearTop(at(3999, 90_000), 20), isNearTop(at(4000, 90_000), 20)]).toEqual([true, false])
    expect([isNearEnd(at(85_601, 90_000), 20), isNearEnd(at(85_600, 90_000), 20)]).toEqual([true, false])
  })
})
