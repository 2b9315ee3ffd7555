/** What usually runs until somebody ends it, as its words with one space between them. */
const SERVERS = [
  /^(?:npm|pnpm|yarn|bun)(?: run(?:-script)?)? (?:dev|start|serve|watch|preview|develop)(?::\S+)?(?: |$)/,
  /^vite(?! build)(?: |$)/,
  /^(?:next|nuxt|nuxi|astro|remix|gatsby|vinxi|wrangler|ng|expo|storybook|parcel|webpack|vue-cli-service|react-scripts)(?: \S+)? ?(?:dev|develop|start|serve|watch)(?: |$)/,
  /^(?:nodemon|http-server|live-server|json-server|serve|ts-node-dev|webpack-dev-server|browser-sync)(?: |$)/,
  /^(?:tsx|node) (?:watch|--watch)(?: |$)/,
  /^(?:flask run|uvicorn|gunicorn|hypercorn|fastapi (?:dev|run)|celery|jupyter|streamlit run|mkdocs serve)(?: |$)/,
  /^python[\d.]* (?:-m http\.server|\S*manage\.py runserver)(?: |$)/,
  /^(?:bin\/)?rails (?:s|server)(?: |$)/,
  /^(?:php -S|php artisan serve|hugo serve|hugo server|jekyll serve|caddy run|air|cargo watch|mix phx\.server)(?: |$)/,
]

/** Tells whether a command, without the programs around it, is one that does not end by itself. Asking for help does. */
export function isDevServer(words) {
  const line = words.map(({ text }) => text).join(' ')
  return !/ --(?:help|version)\b/.test(line) && SERVERS.some(server => server.test(line))
}
