import { readdirSync } from 'node:fs'
import { join } from 'node:path'

export interface ApiRoute { method: string, path: string }

/** Every route below /api, as the tree of its files says; parameters have the value `x`. */
export function apiRoutes(): ApiRoute[] {
  const files = readdirSync(join(import.meta.dirname, '../../server/api'), { recursive: true, encoding: 'utf8' })
  return files.flatMap((file) => {
    const [, route = '', method = ''] = /^(.+)\.(get|post|put|patch|delete)\.ts$/.exec(file) ?? []
    return route === '' ? [] : [{ method: method.toUpperCase(), path: `/api/${route.replace(/\/?\bindex$/, '').replaceAll(/\[\w+\]/g, 'x')}` }]
  })
}
