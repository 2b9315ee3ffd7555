/** The list Nitro makes of the files in `server/`; its own types do not tell of it. */
declare module '#nitro-internal-virtual/server-handlers' {
  import type { EventHandler } from 'h3'

  interface HandlerPlace { route: string, middleware: boolean, method?: string }

  export type Handler = HandlerPlace & (
    | { lazy: true, handler: () => Promise<{ default: EventHandler }> }
    | { lazy: false, handler: EventHandler }
  )
  export const handlers: Handler[]
}
