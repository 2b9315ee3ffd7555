import type { LaunchCommand } from './launch-command'

export type ClientName = 'claude' | 'vscode' | 'cursor'

export interface ServerEntry extends LaunchCommand {
  type: 'stdio'
  env?: Record<string, string>
}

/** Where a client looks for the servers of a project, and how it names them. */
export interface ClientForm {
  /** Relative to the project. */
  file: string
  /** The member of the file that has the servers. */
  member: string
  /** These may have comments and a comma after the last member; the others refuse such a file. */
  takesComments: boolean
  /** What it needs to tell the bridge the project: Claude Code does so by itself. */
  env?: Record<string, string>
}

/** Both put the folder that is open in its place; the directory they start servers in is not promised. */
const PROJECT = { CLAUDE_PROJECT_DIR: '${workspaceFolder}' }

export const CLIENT_FORMS: Readonly<Record<ClientName, ClientForm>> = {
  claude: { file: '.mcp.json', member: 'mcpServers', takesComments: false },
  vscode: { file: '.vscode/mcp.json', member: 'servers', takesComments: true, env: PROJECT },
  cursor: { file: '.cursor/mcp.json', member: 'mcpServers', takesComments: true, env: PROJECT },
}
