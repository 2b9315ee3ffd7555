import { describe, expect, it } from 'vitest'
import { statusWords } from '../../../cli/status-words'
import { commandText, durationText } from '../../../cli/text'

describe('durationText', () => {
  it.each([
    [0, '0 s'], [999, '0 s'], [59_900, '59 s'], [60_000, '1 m'], [61_000, '1 m 1 s'], [3_600_000, '1 h'], [3_659_000, '1 h'],
    [7_500_000, '2 h 5 m'], [86_400_000, '1 d'], [200_000_000, '2 d 7 h'],
  ])('says %i ms by the two largest units: %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})

describe('commandText', () => {
  it('quotes what a shell would take apart', () => {
    expect(commandText('node', ['a b', '', '$HOME', '--x=1', './y'])).toBe('node \'a b\' \'\' \'$HOME\' --x=1 ./y')
  })
})

describe('statusWords', () => {
  it('says how a run ended, by code or signal', () => {
    expect(statusWords({ state: 'Stopped', phase: 'idle', exit_code: 0 })).toBe('Stopped, exit code 0')
    expect(statusWords({ state: 'Failed', phase: 'idle', signal: 'SIGKILL' })).toBe('Failed, SIGKILL')
    expect(statusWords({ state: 'Failed', phase: 'backoff', exit_code: 1 })).toBe('Restarting, exit code 1')
    expect(statusWords({ state: 'Running', phase: 'unready' })).toBe('Not answering')
  })
})
