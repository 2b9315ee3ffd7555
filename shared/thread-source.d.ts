/** The program of a thread as text, bundled into one piece by build/thread-source.ts. */
declare module '*?thread' {
  const source: string
  export default source
}
