import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { create, infoOf, run, untilOnly } from './playground'

const cutAtLineEnd = (text: string) => `${text.split('\n').slice(0, Math.ceil(text.split('\n').length / 2)).join('\n')}\n`

/** A few bytes that would become millions of values. */
const aliasBomb = () => `a: &a [x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, index) => {
  const before = String.fromCharCode(name.charCodeAt(0) - 1)
  return `${name}: &${name} [${Array.from({ length: 8 }, () => `*${before}`).join(', ')}] # ${index}`
}).join('\n')}\nprocesses: *h\n`

describe('a host that finds snapshot.yaml', () => {
  it.each([
    ['full of garbage', () => Buffer.from([0, 255, 1, 254, 10, 91, 91, 91, 123]), /snapshot\.yaml/],
    ['empty', () => '', /snapshot\.yaml/],
    ['cut at the end of a line', cutAtLineEnd, /snapshot\.yaml/],
    ['cut in the middle', (text: string) => text.slice(0, text.length >> 1), /snapshot\.yaml/],
    ['with a duplicate key', (text: string) => text.replace(/^\.\.\.$/m, 'processes: {}\n...'), /line \d+/i],
    ['with a line that is no YAML', (text: string) => text.replace('processes:', 'processes:\n  "web: {'), /line \d+/i],
    ['with an entry that names a field of a later version', (text: string) => text.replace('    command: sleep', '    colour: red\n    command: sleep'), /line \d+/i],
    ['of a later version', (text: string) => text.replace('version: 1', 'version: 2'), /line \d+/i],
    ['full of aliases of aliases', aliasBomb, /alias/i],
    ['larger than 8 MiB', (text: string) => text.replace('processes:', `# ${'x'.repeat(9 << 20)}\nprocesses:`), /larger than/i],
    ['nested without end', () => `${'['.repeat(5000)}${']'.repeat(5000)}`, /nested too deep|line \d+/i],
  ])('%s moves it aside with its bytes, says where, and goes on with the backup and what runs', async (_, damage, told) => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const file = join(dataDir, 'snapshot.yaml')
    await using first = await startHost({ dataDir })
    for (const id of ['a', 'b', 'c', 'd']) await create(first, { id, command: 'sleep', args: ['1'], env: { TEXT: `of ${id}` } })
    const { pid } = await run(first, { id: 'web', command: 'sleep', args: ['600'] })
    await first.end()
    const damaged = damage(readFileSync(file, 'utf8'))
    writeFileSync(file, damaged)
    const started = performance.now()
    await using second = await startHost({ dataDir })
    expect(performance.now() - started).toBeLessThan(10_000)
    const aside = readdirSync(dataDir).filter(name => name.startsWith('snapshot.yaml.corrupt-'))
    expect(aside).toHaveLength(1)
    expect(readFileSync(join(dataDir, aside[0] ?? ''))).toEqual(Buffer.from(damaged))
    expect(second.log()).toMatch(told)
    expect(second.log()).toContain('corrupt-')
    for (const id of ['a', 'b', 'c', 'd']) expect((await infoOf(second, id)).env).toEqual({ TEXT: `of ${id}` })
    expect(await infoOf(second, 'web')).toMatchObject({ state: 'Running', pid })
    await create(second, { id: 'late', command: 'true' })
    await second.end()
    await using third = await startHost({ dataDir })
    expect(await third.send('GET', '/api/processes')).toMatchObject({ body: ['a', 'b', 'c', 'd', 'late', 'web'].map(id => ({ id })) })
    await untilOnly('web', [pid])
  })
})
