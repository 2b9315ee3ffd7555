import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type KeptSession, SessionBook } from '../../../../server/http/session-book'

const DAY_MS = 24 * 60 * 60 * 1000

/** A book and what it has kept, at a time the test decides on. */
function openBook({ kept = [], token = 'token-1' }: { kept?: readonly KeptSession[], token?: string } = {}) {
  const time = { now: 0 }
  const disk = { kept }
  const book = new SessionBook({ token, kept, save: async sessions => void (disk.kept = sessions), now: () => time.now })
  return { book, disk, time, knows: (id: string) => book.admits(id, new Socket()) }
}

describe('the sessions', () => {
  it('live for 30 days, under the next host too, and are kept without what makes a cookie', async () => {
    const first = openBook()
    const id = await first.book.begin()
    expect(id).toMatch(/^[\w-]{43}$/)
    expect([first.knows(id), first.knows(`${id}x`), first.knows('')]).toEqual([true, false, false])
    expect(JSON.stringify(first.disk.kept)).not.toContain(id)
    const second = openBook({ kept: first.disk.kept })
    second.time.now = 30 * DAY_MS - 1
    expect(second.knows(id)).toBe(true)
    second.time.now++
    expect(second.knows(id)).toBe(false)
    await second.book.begin()
    expect(second.disk.kept).toHaveLength(1)
  })

  it('end with the token', async () => {
    const { book, disk } = openBook()
    const id = await book.begin()
    expect(openBook({ kept: disk.kept, token: 'token-2' }).knows(id)).toBe(false)
  })

  it('end for good, with every connection but the one that asks for it', async () => {
    const { book, disk, knows } = openBook()
    const [id, other] = [await book.begin(), await book.begin()]
    const [asking, open, foreign] = [new Socket(), new Socket(), new Socket()]
    for (const [session, socket] of [[id, asking], [id, open], [other, foreign]] as const) book.admits(session, socket)
    await book.end(id, asking)
    expect([asking, open, foreign].map(({ destroyed }) => destroyed)).toEqual([false, true, false])
    expect([knows(id), knows(other)]).toEqual([false, true])
    expect(openBook({ kept: disk.kept }).knows(id)).toBe(false)
    await book.end('no session', asking)
    expect(disk.kept).toHaveLength(1)
  })

  it('are a hundred at most: the oldest goes', async () => {
    const { book, disk, knows } = openBook()
    const first = await book.begin()
    const others = await Promise.all(Array.from({ length: 100 }, () => book.begin()))
    expect(knows(first)).toBe(false)
    expect(others.every(knows)).toBe(true)
    expect(disk.kept).toHaveLength(100)
  })

  it('go on after a failure to keep one, which is told', async () => {
    let isFull = true
    const save = async () => {
      if (isFull) throw new Error('no space left')
    }
    const book = new SessionBook({ token: 't', kept: [], save })
    await expect(book.begin()).rejects.toThrow('no space left')
    isFull = false
    expect(book.admits(await book.begin(), new Socket())).toBe(true)
  })
})
