import type { Hooks, Peer } from 'crossws'
import { SocketSession } from './socket-session'
import { whenOpen } from './host'

/** Largest frame a client may send. */
export const FRAME_LIMIT_BYTES = 64 * 1024

const sessions = new WeakMap<Peer, SocketSession>()

/** What happens on `/api/ws`. */
export const socketHooks: Partial<Hooks> = {
  open(peer) {
    sessions.set(peer, new SocketSession({
      send: text => void peer.send(text),
      unsentBytes: () => peer.websocket.bufferedAmount ?? 0,
    }, whenOpen))
  },
  async message(peer, message) {
    await sessions.get(peer)?.receive(message.text())
  },
  close: peer => end(peer),
  error: peer => end(peer),
}

function end(peer: Peer): void {
  sessions.get(peer)?.close()
  sessions.delete(peer)
}
