import type { StreamName } from '#shared/schemas/logs'

const THING = String.raw`(?:err(?:or)?s?|fail(?:ed|ing|ures?|s)?|warn(?:ing)?s?|exceptions?|crash(?:ed|es)?|panics?)`

/** What has the words but reports nothing: "0 errors", `error: null`, "error handler", names of files, paths, options. */
const HARMLESS = new RegExp([
  String.raw`\S{0,200}[/\\]\S*`, // paths and URLs, before anything else
  String.raw`\b[\w.-]{0,80}${THING}[\w-]{0,40}\.(?:[cm]?[jt]sx?|vue|svelte|css|scss|html?|log|json|py|go|rs|java|rb|php|txt|md|map|png|svg|ya?ml)\b`,
  String.raw`\b(?:0|no|zero|none|without(?: any)?|free of|never|not an?)\s+(?:[\w-]+\s+){0,2}${THING}\b`,
  String.raw`\b${THING}(?:\s*\(s\)|["'])?\s*[:=]?\s*["']?(?:0(?![.\w])|null\b|none\b|nil\b|no\b|false\b|off\b|undefined\b|\[\]|\{\}|""|'')`,
  String.raw`\b(?:error|failure|exception|crash|warning|panic)s?[\s_-]?(?:handl\w+|pages?|boundar\w+|report\w*|logg?\w*|rates?|counts?|counter|middleware|track\w*|codes? 0|overlay|monitor\w*|budget|recovery|levels?|format\w*|messages? (?:are|will)|types?|class\w*|detection|correct\w*|free|tolera\w*|safe)\b`,
  String.raw`\b(?:on|if|for|handles?|handled|handling|ignor(?:e|es|ed|ing)|fix(?:e[sd])?|fixing|resolv(?:e|es|ed)|recover(?:ed)? from|retry|catch(?:es|ing)?|report(?:s|ing)?|log(?:s|ging)?|show(?:s|ing)?|display(?:s|ing)?|expect(?:s|ed)?|until|previous|last) (?:an? |the |any |all |every |\d+ )?(?:\w+ )?${THING}\b`,
  String.raw`\blevel\s*[:=]?\s*(?:is |set to )?["']?\w+`,
  String.raw`-{1,2}[\w-]{0,40}${THING}[\w-]{0,40}`,
  String.raw`\b${THING}(?:-\w+)+|\b(?:\w{1,40}-){1,6}${THING}\b`,
].join('|'), 'gi')

const ERROR = /\b(?:errors?|failed|failures?|fatal|panic(?:ked)?|exceptions?|crashed|segfault|aborted)\b|\b(?:address already in use|out of memory|command not found|permission denied|connection refused|no such file or directory|segmentation fault|core dumped|heap limit|(?:cannot|can't) (?:find|open|resolve|connect|bind|start|load|read|write|access)|module not found|could not|unable to)\b|\bE(?:ADDRINUSE|ADDRNOTAVAIL|ACCES|CONNREFUSED|CONNRESET|EXIST|HOSTUNREACH|INVAL|ISDIR|MFILE|NOENT|NOSPC|NOTFOUND|PERM|PIPE|TIMEDOUT|RR_[A-Z_]+)\b/i
/** On stdout these are too often mere talk. */
const ERROR_ON_STDERR = /: not found\b|\b(?:cannot|can't|denied|refused|invalid option|unknown option|unrecognized|killed)\b/i
const WARNING = /\b(?:warn(?:ing)?s?|deprecated|deprecation)\b/i

/** The most frequent of the harmless, looked for first: every build says it. */
const COUNTED_NONE = /\b(?:0|no) (?:errors?|warnings?|failed|failures?|problems?)\b/gi

/** Tells whether the words of a line report an error. */
export function saysError(line: string, stream: StreamName): boolean {
  return isSaid(line, stream === 'stderr' ? [ERROR, ERROR_ON_STDERR] : [ERROR])
}

/** Tells whether the words of a line report a warning. */
export function saysWarning(line: string): boolean {
  return isSaid(line, [WARNING])
}

function isSaid(line: string, patterns: readonly RegExp[]): boolean {
  const isIn = (text: string) => patterns.some(pattern => pattern.test(text))
  if (!isIn(line)) return false
  const rest = line.replace(COUNTED_NONE, ' ')
  return isIn(rest) && isIn(rest.replace(HARMLESS, ' '))
}
