import { describe, expect, it } from 'vitest'
import { adviceFor } from '../../../plugin/scripts/advice.mjs'
import { findHabit } from '../../../plugin/scripts/habits.mjs'

const kindOf = (command: string, isBackground = false) => findHabit(command, { isBackground })?.kind

describe('findHabit', () => {
  it.each([
    'npm run dev &',
    'npm run dev > dev.log 2>&1 &',
    'npm run dev &> dev.log &',
    'npm run dev >/dev/null 2>&1 & echo $!',
    'cd app && npm run dev &',
    'PORT=3001 npm start &',
    '(npm run dev &)',
    '( cd web; npm run dev ) &',
    '{ npm run dev; } &',
    'nohup npm run dev',
    'nohup node server.js > out.log 2>&1 &',
    'node server.js & disown',
    'node server.js &\ndisown -h %1',
    'setsid node server.js',
    'setsid -f python app.py < /dev/null',
    'python3 -m http.server 8000 &',
    './start.sh & sleep 3 && curl localhost:3000',
    'node server.js & PID=$!; sleep 2; curl localhost:3000; kill $PID',
    'bash -c "npm run dev &"',
    'sh -lc \'nohup ./server\'',
    'eval "npm run dev &"',
    'if ! curl -s localhost:3000; then npm run dev & fi',
    'while true; do node worker.js; done &',
    'echo starting; "node" server.js&',
    'sudo nohup ./server',
    'env NODE_ENV=production node server.js &',
    'cargo run & # the server',
    'start() { node server.js & }; start',
    'tail -f x.log | node filter.js &',
    'npm run build &&\n  npm run preview &',
    'cat <<EOF > conf\na & b\nEOF\nnode server.js &',
    'echo "$(nohup ./server)"',
  ])('finds a process that is left behind: %s', command => expect(kindOf(command)).toBe('background'))

  it.each([
    'pkill node',
    'pkill -f "vite --port 3000"',
    '/usr/bin/pkill -9 node',
    'sudo pkill -f vite',
    'killall node',
    'killall -9 node || true',
    'npm run build && pkill -f vite',
    'kill $(lsof -t -i:3000)',
    'kill -9 $(lsof -ti :3000) 2>/dev/null || true',
    'kill -9 `lsof -t -i:8080`',
    'kill "$(pgrep -f vite)"',
    'kill $(ps aux | grep vite | awk \'{print $2}\')',
    'lsof -ti:3000 | xargs kill',
    'lsof -ti:3000 | xargs -r kill -9',
    'lsof -t -i tcp:3000 | xargs -I {} kill -9 {}',
    'ps aux | grep node | grep -v grep | awk \'{print $2}\' | xargs kill -9',
    'pgrep -f vite | xargs -n 1 kill',
    'fuser -k 3000/tcp',
    'fuser -n tcp -k 3000',
    'npx kill-port 3000',
    'npx --yes kill-port 3000 3001',
    'if lsof -i:3000; then kill $(lsof -ti:3000); fi',
    'for p in 3000 3001; do kill $(lsof -ti:$p); done',
    '(kill $(lsof -ti:3000))',
    'command pkill node',
    'timeout 5 killall node',
    'bash -c "pkill node"',
    'xargs pkill < names',
  ])('finds an end by name or port: %s', command => expect(kindOf(command)).toBe('kill'))

  it.each([
    'npm test',
    'npm run dev --help',
    'npm run build && npm test',
    'npm test 2>&1 | tail -20',
    'npm test &> test.log',
    'npm test &>> test.log; tail test.log',
    'make 2>&1 >/dev/null',
    'cmd <&3 >&2',
    'a |& b',
    'echo "npm run dev &"',
    'echo \'pkill node\'',
    'echo npm run dev \\&',
    'git commit -m "Stop using nohup & pkill"',
    'git log --grep=\'killall\' && git status',
    'grep -rn "lsof -ti:3000 | xargs kill" docs',
    'rg pkill src | head',
    'ls # npm run dev &',
    'curl "http://localhost:3000/?a=1&b=2"',
    'curl http://localhost:3000/?a=1&b=2',
    'cat > start.sh <<\'EOF\'\nnohup node server.js &\npkill vite\nEOF\nchmod +x start.sh',
    'cat <<-EOF\n\tkillall node\n\tEOF\necho done',
    'npm run lint & npm run typecheck & wait',
    '(sleep 5; echo late) & wait $!',
    'sleep 1 &',
    'lsof -i :3000',
    'lsof -ti:3000 | xargs ps -p',
    'ps aux | grep node',
    'pgrep -fl vite',
    'kill 4242',
    'kill -TERM $PID',
    'kill %1',
    'kill -0 $(pgrep vite) && echo up',
    'kill -l',
    'fuser 3000/tcp',
    'find . -name "*.log" | xargs grep kill',
    'man nohup',
    'which pkill killall setsid',
    'nohup --version',
    'docker kill web',
    'docker compose up -d',
    'systemctl kill x.service',
    'echo $((a & b)) $(( 1 && 2 ))',
    '[[ a && b ]] && echo yes',
    'case $x in a|b) echo 1;; *) echo 2;& esac',
    'node -e "setTimeout(() => {}, 1) & 1"',
    'python -c \'print(1 & 2)\'',
    'trap \'kill $(jobs -p)\' EXIT; npm test',
    'test -f a && b || c; d',
    'echo "unfinished',
    'echo $(unfinished',
    '',
  ])('lets pass: %s', command => expect(kindOf(command)).toBe(undefined))

  it.each([
    'npm run dev', 'npm start', 'pnpm dev', 'yarn run serve', 'bun dev', 'npm run dev:web', 'npx vite', 'vite --port 3000', 'next dev', 'npx nuxi dev', 'nodemon app.js',
    'node --watch app.js', 'tsx watch src/index.ts', 'cd api && uvicorn main:app', 'python manage.py runserver', 'bin/rails server', 'php artisan serve',
    'PORT=1 npm run dev 2>&1', 'flask run',
  ])('finds a server where the tool runs it in the background: %s', (command) => {
    expect(kindOf(command, true)).toBe('background')
    expect(kindOf(command, false)).toBe(undefined)
  })

  it.each(['npm test', 'npm run build', 'vite build', 'npm run devtools-report', 'npm run lint', 'cargo build', 'sleep 60', 'timeout 30 npm run dev', 'npm ci && npm test', 'node build.mjs'])(
    'lets other work run in the background of the tool: %s',
    command => expect(kindOf(command, true)).toBe(undefined),
  )

  it('gives up on what nobody has written by hand, fast', () => {
    for (const text of ['x '.repeat(40_000), '$('.repeat(20_000), '"$('.repeat(10_000), '('.repeat(30_000), '`'.repeat(30_001), '{ '.repeat(30_000), '\\'.repeat(60_001)]) expect(kindOf(text)).toBe(undefined)
  })
})

describe('adviceFor', () => {
  const advise = (command: string) => {
    const habit = findHabit(command)
    return habit ? adviceFor(habit) : ''
  }
  const callIn = (text: string) => JSON.parse(/ensure_process (\{.*?\}) starts/.exec(text)?.[1] ?? '{}')

  it('has the call that does it, ready to be made', () => {
    expect(callIn(advise('cd web && PORT=3001 nohup npm run dev > x.log 2>&1 &'))).toEqual({
      id: 'dev', command: 'npm', args: ['run', 'dev'], env: { PORT: '3001' }, cwd: 'web', wait: 'ready',
    })
    expect(callIn(advise('setsid -f ./server'))).toEqual({ id: 'server', command: './server', wait: 'ready' })
    expect(callIn(advise('npx vite &'))).toEqual({ id: 'vite', command: 'npx', args: ['vite'], wait: 'ready' })
    expect(callIn(advise('env A=1 python3 "my app.py" &'))).toMatchObject({ command: 'env', args: ['A=1', 'python3', 'my app.py'] })
    expect(callIn(advise('node server.js --port $PORT &'))).toMatchObject({ id: 'server', command: 'sh', args: ['-c', 'exec node server.js --port $PORT'] })
  })

  it('names what ends a process instead, and is short', () => {
    const text = advise('lsof -ti:3000 | xargs kill -9')
    expect(text).toContain('"xargs kill -9"')
    expect(text).toMatch(/list_processes.*stop_process/)
    expect(advise(`pkill ${'x'.repeat(5000)}`).length).toBeLessThan(700)
  })
})
