/** What a definition is refused with, on every way in. */
export const DEFINITION_ERRORS = ['UNSAFE_COMMAND', 'UNSAFE_CWD', 'UNSAFE_ENV', 'DEPENDENCY_CYCLE'] as const

/** Why a process cannot be launched. */
export const LAUNCH_ERRORS = [
  'COMMAND_NOT_FOUND', 'COMMAND_NOT_EXECUTABLE', 'CWD_NOT_FOUND', 'DEPENDENCY_FAILED', 'DEPENDENCY_CYCLE',
] as const
