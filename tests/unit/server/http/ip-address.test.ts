import { describe, expect, it } from 'vitest'
import { groupsOf, withoutMapping } from '../../../../server/http/ip-address'

describe('addresses', () => {
  it.each([
    ['::1', '0000:0000:0000:0000:0000:0000:0000:0001'], ['::', '0000:0000:0000:0000:0000:0000:0000:0000'],
    ['2001:db8::5:6', '2001:0db8:0000:0000:0000:0000:0005:0006'], ['1:2:3:4:5:6:7:8', '0001:0002:0003:0004:0005:0006:0007:0008'],
    ['fe80::1%eth0', 'fe80:0000:0000:0000:0000:0000:0000:0001'], ['1::', '0001:0000:0000:0000:0000:0000:0000:0000'],
  ])('of IPv6 have eight groups: %s', (address, expected) => expect(groupsOf(address).join(':')).toBe(expected))

  it.each([['::ffff:10.0.0.1', '10.0.0.1'], ['::FFFF:10.0.0.1', '10.0.0.1'], ['10.0.0.1', '10.0.0.1'], ['::ffff:1', '::ffff:1']])('loses its mapping: %s', (address, expected) => {
    expect(withoutMapping(address)).toBe(expected)
  })
})
