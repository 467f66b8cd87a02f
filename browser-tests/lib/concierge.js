// The real binary: serving, and asked what it predicts.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { after, atExit, temporaryFolder } from './cleanup.js'
import { serveGateway } from './servers.js'

const BINARY = process.env.CONCIERGE_BIN

// How the names of settings become variables: { 'cookies.domain': 'example.com' }.
function variables(settings) {
  const name = (key) => `CONCIERGE__${key.toUpperCase().replaceAll('.', '__')}`
  const given = Object.entries({ 'server.port': '0', ...settings })
  return Object.fromEntries([['CONCIERGE_ENV', 'test'], ...given.map(([key, value]) => [name(key), value])])
}

// An API at `address`, a scheme and a host, for the frontends of these origins. With https there is a gateway before it.
export async function serveApi(t, address, frontends, settings = {}) {
  const api = new Api(temporaryFolder(t), { 'origins.allowed': frontends.join(',') })
  after(t, () => api.stop())
  if (address.startsWith('https:')) {
    api.gateway = await serveGateway(t, address)
    api.origin = api.gateway.origin
    api.settings = { ...api.settings, 'server.public_url': api.origin, 'server.trusted_proxies': '127.0.0.1' }
  }
  await api.start(settings)
  return api
}

class Api {
  constructor(folder, settings) {
    Object.assign(this, { folder, settings })
  }

  // Serves with these settings beside those that say where things live.
  async start(settings) {
    const env = variables({ ...this.settings, ...settings })
    this.child = spawn(BINARY, ['serve'], { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.forget = atExit(() => this.child.kill('SIGKILL'))
    this.log = ''
    this.child.stderr.on('data', (text) => (this.log += text))
    const port = await this.listening()
    if (this.gateway) this.gateway.port = port
    else this.origin = `http://localhost:${port}`
  }

  async listening() {
    for await (const line of createInterface({ input: this.child.stdout })) {
      const said = /^listening on\s+http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)
      if (said) {
        this.child.stdout.resume()
        return Number(said[1])
      }
    }
    throw new Error(`concierge does not listen:\n${this.log}`)
  }

  async stop() {
    if (this.child?.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM')
      await once(this.child, 'exit')
    }
    this.forget?.()
  }

  // Serves the same database by other settings.
  async restart(settings) {
    await this.stop()
    await this.start(settings)
  }
}

// What `concierge doctor` says of the cookies that a frontend gets: their names, lines, and verdicts of Chrome.
export async function predict(t, api, frontend, settings = {}) {
  const options = { cwd: temporaryFolder(t), env: variables(settings) }
  const args = ['doctor', '--json', '--api', api, '--frontend', frontend]
  const json = await new Promise((resolve, reject) => {
    // It ends with 1 where it predicts that cookies are dropped.
    execFile(BINARY, args, options, (error, stdout, stderr) =>
      error && error.code !== 1 ? reject(new Error(stderr)) : resolve(stdout),
    )
  })
  const [report] = JSON.parse(json).frontends
  return report.cookies.map(({ name, set_cookie: line, verdicts }) => {
    const { verdict, reason } = verdicts.find(({ browser }) => browser === 'Chrome')
    return { name, line, verdict, reason }
  })
}
