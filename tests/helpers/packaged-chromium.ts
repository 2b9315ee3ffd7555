import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** A browser to run, and what its environment needs beside that of the tests. */
export interface PackagedChromium { executable: string, env: Record<string, string> }

const HOME = join(import.meta.dirname, '../../node_modules/.cache/vantage-chromium')

/**
 * Gives the browser of the npm package, with the libraries and fonts that a bare machine lacks; unpacked once for each
 * installation. The arguments the package proposes are not used: they switch the checks between origins off.
 */
export async function packagedChromium(): Promise<PackagedChromium> {
  if (!existsSync(HOME)) await unpack()
  return {
    executable: join(HOME, 'chromium'),
    env: { LD_LIBRARY_PATH: join(HOME, 'al2023/lib'), FONTCONFIG_PATH: join(HOME, 'fonts') },
  }
}

/** The package unpacks into the temporary directory, and its libraries only when it believes to be on Lambda. */
async function unpack(): Promise<void> {
  await mkdir(dirname(HOME), { recursive: true })
  const scratch = await mkdtemp(`${HOME}-`)
  const script = `import packaged from '@sparticuz/chromium'; await packaged.executablePath()`
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      env: { ...process.env, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x', TMPDIR: scratch },
    })
    await writeFile(join(scratch, 'fonts/fonts.conf'), FONTS_CONF)
    await rename(scratch, HOME)
  }
  catch (error) {
    await rm(scratch, { recursive: true, force: true })
    if (!existsSync(HOME)) throw error // another run of the tests was faster
  }
}

/** The package's own file looks in fixed places only, and a browser without any font crashes at the first text. */
const FONTS_CONF = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${
  ['/usr/share/fonts', '/usr/local/share/fonts', join(HOME, 'fonts')].map(directory => `<dir>${directory}</dir>`).join('')
}</fontconfig>
`
