/** The mark of Vantage in `colour`, as the URL of an icon. */
export function faviconUrl(colour: string): string {
  const mark = '<path d="M7.5 9.5 16 24l8.5-14.5" fill="none" stroke="#fff" stroke-width="3.6" stroke-linecap="round" stroke-linejoin="round"/>'
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${colour}"/>${mark}`
    + '<circle cx="16" cy="9.5" r="2.6" fill="#fff"/></svg>'
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
