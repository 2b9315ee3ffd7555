import { describe, expect, it } from 'vitest'
import { nearest } from '#shared/nearest'

describe('nearest', () => {
  const names = ['start_process', 'stop_process', 'restart_process', 'echo', 'ping']

  it('finds what a typo meant, the closest first', () => {
    expect(nearest('start_proces', names)[0]).toBe('start_process')
    expect(nearest('pin', names)).toEqual(['ping'])
    expect(nearest('START_PROCESS', names)[0]).toBe('start_process')
  })

  it('finds two letters in the wrong order', () => {
    expect(nearest('wbe', ['api', 'web'])).toEqual(['web'])
    expect(nearest('pnig', names)).toEqual(['ping'])
  })

  it('finds nothing where nothing is close', () => {
    expect(nearest('frobnicate', names)).toEqual([])
    expect(nearest('', names)).toEqual([])
  })

  it('gives at most as many as asked for', () => {
    expect(nearest('process', names, 2)).toHaveLength(2)
  })
})
