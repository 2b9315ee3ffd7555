import withNuxt from './.nuxt/eslint.config.mjs'

/** Folders that may not be imported from `files`, with the sentence that says why. */
const forbid = (files, folders, message) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', {
      patterns: [{ regex: `(^|/)(${folders.join('|')})(/|$)`, message }],
    }],
  },
})

const typed = ['{server,mcp,shared,cli}/**/*.ts', 'tests/{unit,integration,e2e,faults,strangers,bench,helpers}/**/*.ts']

export default withNuxt(
  { rules: { '@stylistic/max-len': ['error', { code: 140, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }] } },
  // A tag stays on its line while it fits into it (max-len).
  { files: ['**/*.vue'], rules: { 'vue/max-attributes-per-line': ['error', { singleline: 8 }], 'vue/singleline-html-element-content-newline': 'off' } },
  {
    files: typed,
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
    },
  },
  {
    files: ['{server,mcp,shared,cli}/**/*.ts'],
    rules: { 'no-console': 'error', '@typescript-eslint/no-explicit-any': 'error' },
  },
  // The arrows of docs/architecture.md: web → HTTP → api → operations → core → shared, mcp → operations.
  forbid(['shared/**/*.ts'], ['server', 'mcp', 'cli', 'pages', 'components', 'stores', 'node:[a-z/]+', 'h3', 'nitropack', 'vue'], 'shared imports zod only'),
  forbid(['server/core/**/*.ts'], ['operations', 'http', 'mcp', 'cli', 'api', 'h3', 'nitropack', '@modelcontextprotocol', '#imports', '#nitro[a-z-]*'], 'core knows no operation, HTTP, Nitro or MCP'),
  forbid(['server/operations/**/*.ts'], ['http', 'mcp', 'cli', 'api', 'h3', 'nitropack', '@modelcontextprotocol', '#imports'], 'operations know core and shared only'),
  forbid(['server/{http,api}/**/*.ts'], ['core', 'mcp', 'cli'], 'http goes through operations'),
  forbid(['mcp/**/*.ts'], ['http', 'cli', 'api', 'pages', 'components', 'stores'], 'mcp goes through operations'),
  forbid(['cli/**/*.ts'], ['server', 'mcp', 'pages', 'components', 'stores', 'zod'], 'the CLI is a client over the wire, and small: types of shared only'),
  forbid(['{pages,components,stores,composables}/**/*.{ts,vue}'], ['server', 'mcp', 'cli', 'zod'], 'the page talks to the host over HTTP'),
)
