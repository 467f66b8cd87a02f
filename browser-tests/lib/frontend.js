// A page that calls the API, as a frontend's script would.

// Opens a page of `origin` in a new tab.
export async function openFrontend(browser, origin, api, path = '/') {
  const page = await browser.newPage()
  const frontend = new Frontend(page, api.origin ?? api)
  await page.goto(origin + path)
  return frontend
}

class Frontend {
  constructor(page, api) {
    Object.assign(this, { page, api, messages: [] })
    page.on('console', (message) => this.messages.push(message.text()))
  }

  reload() {
    return this.page.reload()
  }

  // Calls the API. Resolves to the answer's status and body, or to what stopped the script from reading it.
  call(method, path, { body, headers = {}, ...options } = {}) {
    const json = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const init = { method, credentials: 'include', headers: { ...json, ...headers }, ...options }
    if (body !== undefined) init.body = JSON.stringify(body)
    return this.page.evaluate(
      async ([url, init]) => {
        try {
          const answer = await fetch(url, init)
          const text = await answer.text()
          return { status: answer.status, body: text ? JSON.parse(text) : null }
        } catch (error) {
          return { stopped: String(error) }
        }
      },
      [this.api + path, init],
    )
  }

  get(path, options) {
    return this.call('GET', path, options)
  }

  post(path, options) {
    return this.call('POST', path, options)
  }

  // Registers a user, and keeps the session's CSRF token.
  register(username, remember = true) {
    return this.enter('/auth/register', username, remember)
  }

  login(username, remember = true) {
    return this.enter('/auth/login', username, remember)
  }

  async enter(path, username, remember) {
    const answer = await this.post(path, { body: { username, password: 'a quiet harbour at dusk', remember } })
    this.csrf = answer.body?.csrf_token
    return answer
  }

  refresh() {
    return this.post('/auth/refresh', { headers: { 'X-CSRF-Token': this.csrf } })
  }

  // Whom the restricted resource greets, or how it refuses.
  async secure() {
    const { status, body, stopped } = await this.get('/secure')
    return stopped ?? (status === 200 ? body.message : `${status} ${body.code}`)
  }
}
