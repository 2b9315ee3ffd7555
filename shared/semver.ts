const SEMVER = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/

/** Tells whether `version` comes before `other` by the rules of semver.org; false when one of them is no version. */
export function isOlder(version: string, other: string): boolean {
  const [a, b] = [SEMVER.exec(version), SEMVER.exec(other)]
  if (!a || !b) return false
  for (const part of [1, 2, 3]) {
    if (Number(a[part]) !== Number(b[part])) return Number(a[part]) < Number(b[part])
  }
  return isOlderPreRelease(a[4], b[4])
}

/** What has a name after the numbers comes before what has none. */
function isOlderPreRelease(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a !== undefined && b === undefined
  const [ours, theirs] = [a.split('.'), b.split('.')]
  for (const [index, name] of ours.entries()) {
    const other = theirs[index]
    if (other === undefined) return false
    if (name !== other) return isLower(name, other)
  }
  return ours.length < theirs.length
}

/** Numbers come before words. */
function isLower(name: string, other: string): boolean {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(name), /^\d+$/.test(other)]
  if (isNumber && isOtherNumber) return Number(name) < Number(other)
  return isNumber === isOtherNumber ? name < other : isNumber
}
