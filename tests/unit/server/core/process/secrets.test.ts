import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { secretsIn } from '../../../../../server/core/process/secrets'
import { define, openEngine } from '../../../../helpers/engine'

const valuesIn = (env: Record<string, string>) => secretsIn(env).map(({ value }) => value)

describe('secretsIn', () => {
  it.each([
    ['STRIPE_KEY', 'sk_live_51abc'], ['GITHUB_TOKEN', 'ghp_abcdef123'], ['CLIENT_SECRET', 'x9-x9-x9'], ['DB_PASSWORD', 'hunter22'],
    ['MYSQL_PWD', 'tiger-1'], ['db_passwd', 'tiger-2'], ['AWS_CREDENTIALS', 'AKIA0123'], ['BASIC_AUTH', 'me:pass1'],
    ['COOKIE_SALT', 'salt-salt'], ['SESSION_SALT', '1a2b3c4d'], ['PRIVATE_PEM', 'MIIEvQIBADANB'], ['AUTHORIZATION', 'Bearer abc123'],
  ])('takes the value of %s', (name, value) => {
    expect(secretsIn({ [name]: value })).toEqual([{ name, value }])
  })

  it.each([
    ['NODE_ENV', 'development-2'], ['PWD', '/home/dev/shop-1'], ['OLDPWD', 'elsewhere/x1'], ['SESSION_DRIVER', 'memory'], ['AUTH_MODE', 'development'],
    ['TOKEN_TTL', '86400000'], ['API_KEY', 'short'], ['SSH_AUTH_SOCK', '/tmp/ssh-x1/agent.12'], ['GOOGLE_APPLICATION_CREDENTIALS', '/home/dev/key.json'],
    ['GIT_AUTHOR_NAME', 'Jane Doe 2'], ['KEYBOARD', 'us-intl-1'], ['USE_TOKEN', 'true'], ['NEXTAUTH_URL', 'http://localhost:3000'],
  ])('leaves %s alone', (name, value) => {
    expect(secretsIn({ [name]: value })).toEqual([])
  })

  it('takes the password of a URL in any variable, as written and decoded', () => {
    expect(valuesIn({ DATABASE_URL: 'postgres://shop:s3cr%40t-1@db:5432/shop' })).toEqual(['s3cr%40t-1', 's3cr@t-1'])
    expect(valuesIn({ SENTRY_DSN: 'https://0123abcd@sentry.example/7' })).toContain('0123abcd')
    expect(valuesIn({ HOOK: 'https://hooks.example/?token=abc-123456&page=2000000' })).toEqual(['abc-123456'])
    expect(valuesIn({ HOME_PAGE: 'https://shop.example/cart' })).toEqual([])
  })

  it('takes a key of several lines line by line, without the words around it', () => {
    expect(valuesIn({ PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\nMIIEvQIB1\nADANBgkq2\n-----END PRIVATE KEY-----\n' })).toEqual(['MIIEvQIB1', 'ADANBgkq2'])
  })
})

describe('the secrets of a process', () => {
  it('are those of its definition, of what is inherited, and of the file as its run got it', async () => {
    await using engine = await openEngine({ environment: { PATH: process.env.PATH, HOST_TOKEN: 'inherited-1' } })
    const { processes } = engine.vantage
    const file = join(engine.dataDir, 'shop.env')
    await writeFile(file, 'FILE_SECRET=from-file-1\n')
    await processes.create(define({ id: 'p', command: 'sleep', args: ['600'], env: { OWN_KEY: 'own-key-1' }, env_file: file }), {})
    const values = async () => (await processes.secrets('p')).map(({ name }) => name).sort()
    expect(await values()).toEqual(['FILE_SECRET', 'HOST_TOKEN', 'OWN_KEY'])
    await processes.start('p', {})
    await writeFile(file, 'OTHER_SECRET=from-file-2\n')
    expect(await values()).toEqual(['FILE_SECRET', 'HOST_TOKEN', 'OWN_KEY'])
    await processes.stop('p')
    await writeFile(file, '')
    expect(await values()).toEqual(['FILE_SECRET', 'HOST_TOKEN', 'OWN_KEY'])
    await expect(processes.secrets('nobody')).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' })
  })

  it('are known without a file that is gone', async () => {
    await using engine = await openEngine({ environment: { PATH: process.env.PATH } })
    const { processes } = engine.vantage
    await processes.create(define({ id: 'p', command: 'true', env: { OWN_KEY: 'own-key-1' }, env_file: '/nowhere/at/all.env' }), {})
    expect(await processes.secrets('p')).toEqual([{ name: 'OWN_KEY', value: 'own-key-1' }])
  })
})
