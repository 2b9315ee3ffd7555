/** Tells whether an error of the file system says that there is no such file, or nothing that could hold it. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
