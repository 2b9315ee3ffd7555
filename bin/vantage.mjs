#!/usr/bin/env node
// A client command takes hardly longer than what is loaded here: no import of node:process, which opens all three
// standard streams (4 of 65 ms), and nothing that only other commands need.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { HELP, parseCommandLine } from './options.mjs'

const request = parseCommandLine(process.argv.slice(2), { env: process.env, isTerminal: () => process.stdin.isTTY === true })

// stdout belongs to MCP frames: redirected before anything else of ours is loaded.
if (request.command === 'mcp' || request.command === 'embedded') globalThis.console = new console.Console(process.stderr, process.stderr)

if (request.command === 'usage') {
  process.stderr.write(`vantage: ${request.problem}\nvantage --help shows what there is.\n`)
  process.exitCode = 2
}
else if (request.command === 'help') process.stdout.write(HELP)
else if (request.command === 'version') process.stdout.write(`${JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version}\n`)
else {
  const output = { mcp: '../.output/client/bridge.mjs', install: '../.output/client/install.mjs', client: '../.output/client/cli.mjs' }[request.command] ?? '../.output/server/index.mjs'
  const url = new URL(output, import.meta.url)
  if (!existsSync(url)) {
    process.stderr.write(`vantage: ${fileURLToPath(url)} is missing: build it with "npm run build" (npm start does so by itself).\n`)
    process.exit(1)
  }
  if (request.command === 'client') {
    const { runClient } = await import(url.href)
    process.exitCode = await runClient(request)
  }
  else if (request.command === 'install') {
    const { runInstall } = await import(url.href)
    process.exitCode = runInstall({ ...request, bin: fileURLToPath(import.meta.url) })
  }
  else if (request.command === 'mcp') {
    const { runBridge } = await import(url.href)
    await runBridge({ dataDir: request.dataDir, bin: fileURLToPath(import.meta.url), options: request.hostOptions })
  }
  else if (request.command === 'embedded') {
    const { runEmbedded } = await import('./embedded.mjs')
    await runEmbedded(url, request)
  }
  else {
    const { serve } = await import('./serve.mjs')
    await serve(url, request)
  }
}
