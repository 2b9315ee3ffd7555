// A small shop as the pictures of the documentation show it: a job that ends well.
import process from 'node:process'

for (const name of ['0007_add_invoices', '0008_index_orders', '0009_drop_sessions']) process.stdout.write(`applied ${name}\n`)
process.stdout.write('database is up to date\n')
