#!/usr/bin/env node
import { Console } from 'node:console'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { HELP, parseCommandLine } from './options.mjs'

const request = parseCommandLine(process.argv.slice(2), { env: process.env, isTerminal: process.stdin.isTTY === true })

// stdout belongs to MCP frames: redirected before anything else of ours is loaded.
if (request.command === 'mcp') globalThis.console = new Console(process.stderr, process.stderr)

if (request.command === 'usage') {
  process.stderr.write(`vantage: ${request.problem}\nvantage --help shows what there is.\n`)
  process.exitCode = 2
}
else if (request.command === 'help') process.stdout.write(HELP)
else if (request.command === 'version') process.stdout.write(`${createRequire(import.meta.url)('../package.json').version}\n`)
else {
  const output = { mcp: '../.output/client/bridge.mjs', client: '../.output/client/cli.mjs' }[request.command] ?? '../.output/server/index.mjs'
  const url = new URL(output, import.meta.url)
  if (!existsSync(url)) {
    process.stderr.write(`vantage: ${fileURLToPath(url)} is missing: build it with "npm run build" (npm start does so by itself).\n`)
    process.exit(1)
  }
  if (request.command === 'client') {
    const { runClient } = await import(url.href)
    process.exitCode = await runClient(request)
  }
  else if (request.command === 'mcp') {
    const { runBridge } = await import(url.href)
    await runBridge({ dataDir: request.dataDir, bin: fileURLToPath(import.meta.url), options: request.hostOptions })
  }
  else {
    const { serve } = await import('./serve.mjs')
    await serve(url, request)
  }
}
