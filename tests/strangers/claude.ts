import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Playground } from '../integration/mcp/playground'
import { installClient } from './installed-client'

export const claudeCode = await installClient('@anthropic-ai/claude-code@2.1.330', { setUp: '@anthropic-ai/claude-code/install.cjs' })

export interface ClaudeRun { code: number | null, stdout: string, stderr: string }

export interface ClaudePlace {
  /** Its project: the directory it runs in. */
  project: string
  /** Home directory and environment: nothing of the developer's own Claude Code gets in, nothing of ours out. */
  env: Record<string, string>
}

/** Makes a project and a home for Claude Code in a playground; `url` is that of its model. */
export async function claudePlace(ground: Playground, url: string): Promise<ClaudePlace> {
  const [project, home] = ['project', 'home'].map(name => join(ground.dataDir, '..', name))
  if (project === undefined || home === undefined) throw new Error('unreachable')
  await mkdir(project, { recursive: true })
  await mkdir(join(home, '.claude'), { recursive: true })
  await writeFile(join(home, '.claude/settings.json'), JSON.stringify({ enableAllProjectMcpServers: true }))
  const quiet = { TERM: 'xterm', DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' }
  return { project, env: { ...ground.env, ...quiet, HOME: home, ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: 'sk-mock' } }
}

/** Runs `claude …` to its end. */
export async function claude({ project, env }: ClaudePlace, args: string[], more: Record<string, string> = {}): Promise<ClaudeRun> {
  const child = spawn(join(claudeCode.folder, '.bin/claude'), args, { cwd: project, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.stdout += text)
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.stderr += text)
  const [code] = await once(child, 'close')
  return { code, ...said }
}

/** The arguments of a session that says one thing and ends with the answer. */
export function session(prompt: string, args: string[]): string[] {
  return ['-p', prompt, ...args, '--output-format', 'stream-json', '--verbose']
}
