// A small shop as the pictures of the documentation show it: its web server.
import { createServer } from 'node:http'
import process from 'node:process'

const PAGES = { '/': 'home', '/cart': 'cart', '/products/42': 'product' }

const server = createServer((request, response) => {
  const began = performance.now()
  const page = PAGES[request.url]
  response.statusCode = page ? 200 : 404
  response.end(page ?? 'not found')
  const line = `${request.method} ${request.url} ${response.statusCode} ${(performance.now() - began).toFixed(1)} ms\n`
  if (page) process.stdout.write(line)
  else process.stderr.write(line)
})
server.listen(Number(process.env.SHOP_PORT ?? 0), '127.0.0.1', () => {
  process.stdout.write(`shop listening on http://127.0.0.1:${server.address().port}\n`)
})
