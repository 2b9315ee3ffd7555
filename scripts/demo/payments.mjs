// A small shop as the pictures of the documentation show it: a service that crashes at its start.
import process from 'node:process'

process.stdout.write('payments 2.3.1 starting\n')
if (!process.env.PAYMENTS_KEY) {
  process.stderr.write('Error: PAYMENTS_KEY is not set\n    at loadConfig (payments.mjs:5:9)\n')
  process.exit(1)
}
