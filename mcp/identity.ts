import type { Implementation } from '@modelcontextprotocol/sdk/types.js'

/** public/favicon.svg: a client shows it without asking the host for it. */
const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b5f6c"/><path d="M7.5 9.5 16 24l8.5-14.5" fill="none" stroke="#fff" stroke-width="3.6" stroke-linecap="round" stroke-linejoin="round"/><circle cx="16" cy="9.5" r="2.6" fill="#fff"/></svg>'

/** How the server introduces itself to a client. */
export function toIdentity(version: string): Implementation {
  return {
    name: 'vantage',
    title: 'Vantage',
    version,
    websiteUrl: 'https://github.com/chronista-club/vantage-server',
    icons: [{ src: `data:image/svg+xml;base64,${btoa(ICON)}`, mimeType: 'image/svg+xml', sizes: ['any'] }],
  }
}
