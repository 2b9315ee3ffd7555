export interface Answer { status: number, text: string }

const HEAD_END = '\r\n\r\n'
const MAX_HEAD_BYTES = 64 * 1024

/** Puts the parts of one HTTP answer together. Knows what a host of ours sends: a body has its length in the head. */
export class AnswerReader {
  #received = Buffer.alloc(0)
  readonly #parts: Buffer[] = []
  #left: number | undefined
  #status = 0

  /** Gives the answer once it is whole. Throws when this is not the answer of a host. */
  take(part: Buffer): Answer | undefined {
    const body = this.#left === undefined ? this.#takeHead(part) : part
    if (this.#left === undefined) return undefined
    this.#parts.push(body)
    this.#left -= body.length
    if (this.#left < 0) throw new Error('it says more than an answer')
    return this.#left === 0 ? { status: this.#status, text: Buffer.concat(this.#parts).toString() } : undefined
  }

  /** Gives what of the body has come with the end of the head. */
  #takeHead(part: Buffer): Buffer {
    this.#received = Buffer.concat([this.#received, part])
    const end = this.#received.indexOf(HEAD_END)
    if (end < 0 && this.#received.length <= MAX_HEAD_BYTES) return part
    const head = this.#received.toString('latin1', 0, Math.max(0, end))
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (status === undefined || length === undefined) throw new Error('it is no host')
    this.#status = Number(status)
    this.#left = Number(length)
    return this.#received.subarray(end + HEAD_END.length)
  }
}
