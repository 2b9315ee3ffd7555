import process from 'node:process'

/**
 * Runs the host in this process, and speaks MCP on its stdin and stdout until the agent that started it leaves.
 * @param {URL} url the built host
 * @param {{ env: Record<string, string> }} options
 */
export async function runEmbedded(url, { env }) {
  // They are the project's, whose agent has started this: the host would take them for its own.
  delete process.env.PORT
  delete process.env.HOST
  Object.assign(process.env, env)
  // The import must not listen by itself.
  globalThis[Symbol.for('vantage.embedded')] = true
  const host = await import(url.href)
  const speak = host.embed()
  try {
    await host.listen({ fallbackToAnyPort: env.NITRO_PORT === undefined })
  }
  catch (error) {
    process.stderr.write(`vantage: ${error.message}\n`)
    process.exit(1)
  }
  await speak()
}
