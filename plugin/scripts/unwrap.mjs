import { basename } from 'node:path'

/** @typedef {import('./shell-tokens.mjs').Word} Word */

/** Programs that run the command behind them: how many words that are no options stand before it, and which options take a word. */
const WRAPPERS = {
  sudo: { before: 0, valued: /^-[ugpCTh]$/ },
  doas: { before: 0, valued: /^-[uC]$/ },
  env: { before: 0, valued: /^-[uCS]$/ },
  command: { before: 0, valued: /^$/ },
  builtin: { before: 0, valued: /^$/ },
  exec: { before: 0, valued: /^-a$/ },
  time: { before: 0, valued: /^-[fo]$/ },
  nice: { before: 0, valued: /^-n$/ },
  ionice: { before: 0, valued: /^-[cn]$/ },
  stdbuf: { before: 0, valued: /^-[ioe]$/ },
  timeout: { before: 1, valued: /^-[sk]$/ },
  xargs: { before: 0, valued: /^-[nIPLdaEs]$/ },
  npx: { before: 0, valued: /^(?:-p|--package)$/ },
  bunx: { before: 0, valued: /^$/ },
}
const SHELLS = new Set(['sh', 'bash', 'zsh', 'dash', 'ksh', 'fish'])

/**
 * Takes the programs off that only run another one: `sudo -u me env A=1 npx vite` runs vite. `by` are those that were taken off.
 * @param {Word[]} words
 * @returns {{ words: Word[], by: string[] }}
 */
export function unwrap(words) {
  const by = []
  let rest = words
  for (let name = nameOf(rest); Object.hasOwn(WRAPPERS, name); name = nameOf(rest)) {
    by.push(name)
    rest = behind(rest.slice(1), WRAPPERS[name])
  }
  return { words: rest, by }
}

function behind(words, { before, valued }) {
  let at = 0
  while (at < words.length && (words[at].text.startsWith('-') || /^\w+=/.test(words[at].raw))) at += valued.test(words[at].text) ? 2 : 1
  return words.slice(at + before)
}

/** The name of the program: `/usr/bin/pkill` is pkill. */
export const nameOf = words => basename(words[0]?.text ?? '')

/** The script in `sh -c SCRIPT` or `eval SCRIPT`, if this is one. */
export function scriptOf(words) {
  const [first = '', ...args] = words.map(word => word.text)
  if (first === 'eval') return args.join(' ')
  const at = args.findIndex(arg => /^-[a-z]*c$/.test(arg))
  return SHELLS.has(basename(first)) && at >= 0 ? args[at + 1] : undefined
}
