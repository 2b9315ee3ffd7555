import { describe, expect, it } from 'vitest'
import { InputHistory } from '~/composables/input-history'

describe('the history of input', () => {
  it('goes back to what was sent and forward to what was being written', () => {
    const history = new InputHistory()
    history.add('first')
    history.add('second')
    expect([history.older('dra'), history.older('second'), history.older('first')]).toEqual(['second', 'first', 'first'])
    expect([history.newer('first'), history.newer('second'), history.newer('dra')]).toEqual(['second', 'dra', 'dra'])
  })

  it('keeps neither empty lines nor the same one twice in a row', () => {
    const history = new InputHistory()
    for (const line of ['y', 'y', '', 'n']) history.add(line)
    expect([history.older(''), history.older('n'), history.older('y')]).toEqual(['n', 'y', 'y'])
  })
})
