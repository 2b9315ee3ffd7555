import { describe, expect, it } from 'vitest'
import { LogKeeper } from '../../../../../server/core/logs/log-keeper'
import { PrunedRuns } from '../../../../../server/core/logs/pruned-runs'
import { listeningLogger } from './fixture'

function keeperThatCounts() {
  const counted = { looks: 0 }
  const keeper = new LogKeeper({
    id: 'web',
    log: listeningLogger().log,
    limit: 1024,
    punch: undefined,
    pause: undefined,
    pruned: new PrunedRuns('unused'),
    runs: () => [],
    verify: async () => void counted.looks++,
    closed: new AbortController().signal,
  })
  return { keeper, counted }
}

describe('LogKeeper', () => {
  it('looks after every check, in whichever moment of the one before it comes', async () => {
    for (let moment = 0; moment < 40; moment++) {
      const { keeper, counted } = keeperThatCounts()
      keeper.check()
      for (let turns = 0; turns < moment; turns++) await Promise.resolve()
      const before = counted.looks
      keeper.check()
      await keeper.rest()
      expect({ moment, isSeen: counted.looks > before }).toEqual({ moment, isSeen: true })
    }
  })
})
