// A small shop as the pictures of the documentation show it: a worker that writes coloured lines.
import process from 'node:process'

const colour = (code, text) => `\u001B[${code}m${text}\u001B[0m`
const TASKS = [
  ['resize', 'product-42.jpg → 3 sizes'], ['mail', 'order confirmation to customer 1187'], ['index', '128 products'],
  ['resize', 'product-43.jpg → 3 sizes'], ['invoice', 'order 20931 as PDF'], ['mail', 'shipping notice to customer 1186'],
]
let count = 0

function work() {
  const [queue, text] = TASKS[count % TASKS.length]
  count++
  const head = `${colour(90, `job ${String(4200 + count)}`)} ${colour(36, queue.padEnd(7))}`
  if (count % 9 === 0) process.stderr.write(`${head} ${colour(33, 'retry')} mail server answered 421, again in 5 s\n`)
  else process.stdout.write(`${head} ${colour(32, 'done')}  ${text} ${colour(90, `${20 + (count * 37) % 180} ms`)}\n`)
}

process.stdout.write(`${colour(1, 'worker')} ready, 4 queues: resize, mail, index, invoice\n`)
setInterval(work, 150)
