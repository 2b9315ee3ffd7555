/** The token that an address carries behind its `#`, where neither servers nor referrers see it. */
export function tokenIn(hash: string): string | undefined {
  return /^#token=(.+)$/.exec(hash)?.[1]
}
