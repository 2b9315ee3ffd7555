import { z } from 'zod'
import type { Frame, FrameId } from './stdio-frames'

const OWN = 'vantage-setup-'
const Target = z.object({ params: z.object({ uri: z.string() }) })

/** What a client has set up in its session, so that the session at the next host can be set up alike. */
export class ClientSetup {
  readonly #subscriptions = new Map<string, Frame>()
  #level: Frame | undefined

  /** Notes what the client sends. */
  note(frame: Frame): void {
    if (frame.method === 'logging/setLevel') this.#level = frame
    const uri = Target.safeParse(frame).data?.params.uri
    if (uri === undefined) return
    if (frame.method === 'resources/subscribe') this.#subscriptions.set(uri, frame)
    if (frame.method === 'resources/unsubscribe') this.#subscriptions.delete(uri)
  }

  /** The same requests under ids of the bridge: their answers are not the client's. */
  requests(): Frame[] {
    const frames = [...(this.#level ? [this.#level] : []), ...this.#subscriptions.values()]
    return frames.map((frame, index) => ({ ...frame, id: `${OWN}${index}` }))
  }

  isOwn(id: FrameId | undefined): boolean {
    return typeof id === 'string' && id.startsWith(OWN)
  }

  /** What to tell the client of: each resource it follows may have changed meanwhile; what else may have, with another version. */
  news({ isOtherVersion }: { isOtherVersion: boolean }): Frame[] {
    const lists = isOtherVersion ? ['tools', 'prompts', 'resources'].map(name => ({ method: `notifications/${name}/list_changed` })) : []
    const updates = [...this.#subscriptions.keys()].map(uri => ({ method: 'notifications/resources/updated', params: { uri } }))
    return [...lists, ...updates].map(frame => ({ jsonrpc: '2.0' as const, ...frame }))
  }
}
