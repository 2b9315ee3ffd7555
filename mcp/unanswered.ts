import { z } from 'zod'
import type { Frame, FrameError, FrameId } from './stdio-frames'

const MAX_REPEATS = 2

const ToolCall = z.object({ params: z.object({ name: z.string() }) })
const ToolList = z.object({ result: z.object({ tools: z.array(z.object({
  name: z.string(),
  annotations: z.object({ readOnlyHint: z.boolean().optional() }).optional(),
})) }) })
const Cancelled = z.object({ params: z.object({ requestId: z.union([z.string(), z.number()]) }) })

interface Waiting { frame: Frame, isDelivered: boolean, repeats: number }

/** The requests of the client that the host has not answered, and which of them may be sent twice. */
export class Unanswered {
  readonly #waiting = new Map<FrameId, Waiting>()
  readonly #readOnlyTools = new Set<string>()

  get size(): number {
    return this.#waiting.size
  }

  /** Notes what the client sends: a request to be answered, or that one is not wanted any more. */
  sent(frame: Frame): void {
    if (frame.method === 'notifications/cancelled') {
      const cancelled = Cancelled.safeParse(frame)
      if (cancelled.success) this.#waiting.delete(cancelled.data.params.requestId)
    }
    else if (frame.method !== undefined && frame.id !== undefined) {
      this.#waiting.set(frame.id, { frame, isDelivered: false, repeats: 0 })
    }
  }

  /** From now on the host may have begun with it. */
  delivered(id: FrameId | undefined): void {
    const entry = id === undefined ? undefined : this.#waiting.get(id)
    if (entry) entry.isDelivered = true
  }

  /** The host has certainly not begun with it: it was never reached. */
  undelivered(id: FrameId | undefined): void {
    const entry = id === undefined ? undefined : this.#waiting.get(id)
    if (entry) entry.isDelivered = false
  }

  /** Notes an answer of the host, and what a list of tools says about them. */
  answered(frame: Frame | FrameError): void {
    if (frame.id === undefined || frame.id === null || 'method' in frame) return
    const request = this.#waiting.get(frame.id)?.frame
    this.#waiting.delete(frame.id)
    if (request?.method === 'tools/list') this.learn(frame)
  }

  /** Takes from an answer to tools/list which tools only read. */
  learn(frame: Frame | FrameError): void {
    for (const tool of ToolList.safeParse(frame).data?.result.tools ?? []) {
      if (tool.annotations?.readOnlyHint) this.#readOnlyTools.add(tool.name)
    }
  }

  /** True when a call may have begun and nobody has listed the tools yet: what it does is not known. */
  get needsToolList(): boolean {
    return this.#readOnlyTools.size === 0
      && [...this.#waiting.values()].some(({ frame, isDelivered }) => isDelivered && frame.method === 'tools/call')
  }

  has(id: FrameId | undefined): boolean {
    return id !== undefined && this.#waiting.has(id)
  }

  /** After a restart of the host: what may be sent again, and what has to be answered here. Both stay unanswered. */
  afterRestart(): { again: Frame[], lost: Frame[] } {
    const again: Frame[] = []
    const lost: Frame[] = []
    for (const entry of this.#waiting.values()) {
      if (!entry.isDelivered) again.push(entry.frame)
      else if (this.#onlyReads(entry.frame) && entry.repeats++ < MAX_REPEATS) again.push(entry.frame)
      else lost.push(entry.frame)
    }
    return { again, lost }
  }

  all(): Frame[] {
    return [...this.#waiting.values()].map(({ frame }) => frame)
  }

  #onlyReads(frame: Frame): boolean {
    if (frame.method !== 'tools/call') return true
    const call = ToolCall.safeParse(frame)
    return call.success && this.#readOnlyTools.has(call.data.params.name)
  }
}
