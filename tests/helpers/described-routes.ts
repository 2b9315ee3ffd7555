import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type DescribedRoute, descriptionOf, VERBS } from '../../server/http/route-description'

const folder = join(import.meta.dirname, '../../server/api')

/** What answers where no route does. */
export const FALLBACK = '[...].ts'

/** Gives the files of the REST surface, the fallback excepted. */
export async function routeFiles(): Promise<string[]> {
  const files = await readdir(folder, { recursive: true })
  return files.filter(file => file.endsWith('.ts') && file !== FALLBACK).sort()
}

/** Gives all routes as their files say, as Nitro makes them of the names. Throws for a file that is no described route. */
export async function describedRoutes(): Promise<DescribedRoute[]> {
  return await Promise.all((await routeFiles()).map(async (file) => {
    const [, place = '', verb] = /^(.+?)\.(\w+)\.ts$/.exec(file) ?? []
    const method = VERBS.find(each => each === verb)
    const { default: handler } = await import(pathToFileURL(join(folder, file)).href)
    const description = descriptionOf(handler)
    if (!method || !description) throw new Error(`server/api/${file} does not say what it is: use route(), or give handle() a description`)
    return { method, path: `/api/${place.replace(/\/index$/, '').replace(/\[(\w+)\]/g, ':$1')}`, description }
  }))
}
