import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const pages = [
  'README.md', 'AGENTS.md', 'docs/specification.md', 'docs/architecture.md', 'docs/decisions.md', 'docs/rest.md', 'docs/mcp.md', 'docs/recipes.md',
  'docs/reference.md', 'docs/clients.md',
]

/** Every heading of the specification, in its order. */
const HEADINGS = [
  'プロジェクト概要', '基本情報', 'コンセプト', '主要機能',
  'システム要件', '動作環境', 'サポートOS', '必須要件', 'オプション要件', '依存関係', 'Rustクレート（主要）', 'JavaScript/TypeScript（Web UI）',
  'アーキテクチャ', 'システム構成', 'データフロー', 'プロセス起動フロー', 'Web UIからのプロセス操作',
  'プロセス管理仕様', 'プロセス状態遷移', 'プロセスライフサイクル', '1. 作成 (`create_process`)', '2. 起動 (`start_process`)',
  '3. 停止 (`stop_process`)', '4. 削除 (`remove_process`)', 'ログ管理', 'CircularBuffer', 'ログ取得',
  '永続化仕様', 'インメモリストレージ', 'スナップショット機能', 'エクスポート', 'インポート',
  'MCP統合仕様', 'MCP Tools', '基本ツール', 'プロセス管理ツール', '永続化ツール', 'CI/CD監視ツール', 'MCP Protocol',
  'Web API仕様', 'ベースURL', 'エンドポイント', 'プロセス管理', 'ダッシュボード', 'クリップボード',
  'パフォーマンス仕様', 'リソース消費', 'メモリ', 'CPU', 'レスポンス時間', 'スケーラビリティ',
  'セキュリティ仕様', '入力検証', 'コマンドインジェクション対策', 'パストラバーサル対策', '環境変数サニタイゼーション', '認証・認可', 'プロセス分離',
  '運用仕様', '起動オプション', '環境変数', 'ログ出力', 'シャットダウン',
  'テスト仕様', 'ユニットテスト', '統合テスト', 'E2Eテスト',
  'ビルド仕様', 'リリースビルド', 'Web UIビルド',
  'バージョニング', '今後のロードマップ', 'v0.3.0（予定）', 'v0.4.0（予定）', 'v1.0.0（目標）',
  'ライセンス',
]

const STATE = /^(?:as specified|changed, because .+|with a later version \(issue \d.*|see the (?:\w+ )?rows below)/

/** Where code, tests and documents of this repository begin. */
const FOLDERS = [
  'assets', 'bin', 'build', 'cli', 'components', 'composables', 'docs', 'i18n', 'mcp', 'pages', 'plugin', 'public', 'scripts', 'server', 'shared', 'stores', 'tests',
]
const SOURCE_NAME = /^[\w[\].-]+\.(?:ts|mjs|vue|md)$/

const read = (page: string) => readFileSync(join(root, page), 'utf8')

/** Code spans outside of code blocks. */
function spansOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
}

/** The targets of links that stay in this repository. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:|#)([^)\s]+)\)/g)].map(([, target = '']) => decodeURIComponent(target.split('#')[0] ?? ''))
}

function isPath(span: string): boolean {
  return /^[\w@[\]./-]+$/.test(span) && FOLDERS.some(folder => span.startsWith(`${folder}/`))
}

const names = new Set(FOLDERS.filter(folder => existsSync(join(root, folder)))
  .flatMap(folder => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }))
  .concat(readdirSync(root))
  .map(path => path.split('/').at(-1)))

const rows = read('docs/specification.md').split('\n')
  .filter(line => line.startsWith('| ') && !line.startsWith('| section'))
  .map(line => line.split('|').slice(1, -1).map(cell => cell.trim()))

describe('the map of the specification', () => {
  it('has a row for every heading, in the order of the specification', () => {
    expect(rows.map(([section = '']) => section.split(' · ')[0]?.replaceAll('**', ''))).toEqual(HEADINGS)
  })

  it('says of every section whether it is as specified, changed, or comes later', () => {
    expect(rows.filter(([, , , state = '']) => !STATE.test(state))).toEqual([])
  })

  it('names code for everything that is there', () => {
    const isThere = ([, , , state = '']: string[]) => state.startsWith('as specified')
    expect(rows.filter(row => isThere(row) && row[1] === '')).toEqual([])
  })

  it('names tests as tests', () => {
    expect(rows.flatMap(([, , tests = '']) => spansOf(tests)).filter(path => !path.startsWith('tests/'))).toEqual([])
  })
})

describe.each(pages)('%s', (page) => {
  const text = read(page)

  it('names only paths that exist', () => {
    const missing = spansOf(text).filter(span => isPath(span) ? !existsSync(join(root, span)) : SOURCE_NAME.test(span) && !names.has(span))
    expect(missing).toEqual([])
  })

  it('links only to what exists', () => {
    expect(linksOf(text).filter(target => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })
})

describe('the README', () => {
  it('has what a stranger needs in its first 60 lines', () => {
    const top = read('README.md').split('\n').slice(0, 60).join('\n')
    const needed = [
      'docs/images/dashboard.png', 'npm ci && npm start', 'npm ci && npm test', 'http://127.0.0.1:12700',
      'claude mcp add vantage -- node', '/bin/vantage.mjs mcp', 'claude mcp add --transport http vantage http://127.0.0.1:12700/mcp',
      'server/plugins/vantage.ts', 'server/core/process/process-manager.ts', 'server/operations/start-process.ts', 'start.post.ts', 'mcp/server.ts',
    ]
    expect(needed.filter(words => !top.includes(words))).toEqual([])
  })
})
