// PreToolUse of Bash: refuses a command that leaves a process behind, or ends others by name, and says which call does it instead.
import { json } from 'node:stream/consumers'
import { adviceFor } from './advice.mjs'
import { findHabit } from './habits.mjs'

const { tool_input: input } = await json(process.stdin)
const habit = typeof input?.command === 'string' ? findHabit(input.command, { isBackground: input.run_in_background === true }) : undefined
if (habit) {
  process.stdout.write(JSON.stringify({
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: adviceFor(habit) },
  }))
}
