/** Every line with an error or a warning has one of these in it, in any case; four bytes each are looked for. */
const WORDS = [
  'erro', 'eror', 'err!', 'err]', 'err:', 'err"', 'err=', 'err ', 'err|', 'err\'', 'err\x1B', 'errs', 'exce', 'fail', 'fata', 'ftl ', 'ftl]', 'ftl"', 'ftl\x1B',
  'pani', 'crit', 'seve', 'emer', 'aler', 'warn', 'wrn ', 'wrn]', 'wrn"', 'wrn\x1B', 'depr', 'cras', 'segf', 'segm', 'dump', 'abor', 'dy i', 'f me', 't fo',
  'deni', 'refu', 'such', 'p li', 'cann', 'can\'', 'ld n', 'unab', 'd op', 'n op', 'unre', 'kill', 'ebac', 'nhan', 'ncau', 'gorou',
  ': **', 't ok', '[e] ', '[w] ', '[f] ', '[e]\x1B', '[w]\x1B', '[f]\x1B',
]

/** Codes, letters and numbers, exactly so. */
const EXACT = [
  'EADD', 'EACC', 'ECON', 'EEXI', 'EHOS', 'EINV', 'EISD', 'EMFI', 'ENOE', 'ENOS', 'ENOT', 'EPER', 'EPIP', 'ETIM', 'ERR_', 'E, [', 'W, [', 'F, [',
  '"E",', '"W",', '"F",', '"E2"', 'l":4', 'l":5', 'l":6', ' × ', '\n× ', '×\x1B[', '\t× ',
  '.go:', '.cc:', '.cpp', '.py:', // the places of klog, glog and absl, which say their level by one letter
  ...['✖', '✘', '✗', '✕', '⨯', '❌', '●', '⚠', '▲'].flatMap(mark => [`${mark} `, `${mark}\x1B`, `${mark}\uFE0F`]),
]

const WIDTH = 4

/** How far a search may go on when it sees these two bytes: they end so far before the end of a word. */
const shifts = new Uint8Array(65_536).fill(WIDTH - 1)
const words = new Set<number>()
for (const word of EXACT) addWord(Buffer.from(word))
for (const word of WORDS) for (const variant of variantsOf(word.slice(0, WIDTH))) addWord(Buffer.from(variant))

/**
 * Finds the next place from `from` on where a line may have an error or a warning; -1 when there is none.
 * Looks at every third byte or so: what it passes over needs no other look.
 */
export function findCandidate(data: Uint8Array, from: number): number {
  let at = from + WIDTH - 1
  while (at < data.length) {
    const shift = shifts[(data[at - 1] ?? 0) << 8 | (data[at] ?? 0)] ?? 1
    if (shift > 0) at += shift
    else if (words.has(wordAt(data, at - WIDTH + 1))) return at - WIDTH + 1
    else at++
  }
  return -1
}

function addWord(word: Uint8Array): void {
  words.add(wordAt(word, 0))
  for (let end = 1; end < WIDTH; end++) {
    const pair = (word[end - 1] ?? 0) << 8 | (word[end] ?? 0)
    shifts[pair] = Math.min(shifts[pair] ?? 0, WIDTH - 1 - end)
  }
}

function wordAt(data: Uint8Array, at: number): number {
  return (data[at] ?? 0) << 24 | (data[at + 1] ?? 0) << 16 | (data[at + 2] ?? 0) << 8 | (data[at + 3] ?? 0)
}

function variantsOf(word: string): string[] {
  if (word === '') return ['']
  const [first = ''] = word
  const rest = variantsOf(word.slice(1))
  return [...new Set([first.toLowerCase(), first.toUpperCase()])].flatMap(letter => rest.map(tail => letter + tail))
}
