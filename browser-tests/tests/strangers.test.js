// Pages that may not call, and calls that the API does not take: what script and user get to see of them.

import assert from 'node:assert/strict'
import test from 'node:test'

import { jar, openBrowser } from '../lib/chromium.js'
import { serveApi } from '../lib/concierge.js'
import { openFrontend } from '../lib/frontend.js'
import { serveFrontend } from '../lib/servers.js'

// An API, its one frontend, and a user of it who also opens a page of `address`, which may not call.
async function visited(t, address) {
  const [own, strange] = [await serveFrontend(t, 'https://app.concierge-a.test'), await serveFrontend(t, address)]
  const api = await serveApi(t, 'https://api.concierge-a.test', [own])
  const browser = await openBrowser(t, 'allowed')
  const page = await openFrontend(browser, own, api)
  await page.register('alice')
  const stranger = await openFrontend(browser, strange, api)
  api.gateway.answers.length = 0
  return { api, browser, page, stranger, strange }
}

// What of the stranger's came to the API, and how it was answered.
function answers({ api, strange }) {
  const theirs = api.gateway.answers.filter(({ origin }) => origin === undefined || origin === strange)
  return theirs.map(({ method, path, status }) => `${method} ${path} ${status}`)
}

for (const [address, kind] of [
  ['https://app.concierge-b.test', 'another site'],
  // The browser sends it the user's SameSite=Lax cookies: nothing but the API keeps it out.
  ['https://evil.concierge-a.test', "the API's own site"],
]) {
  test(`a stranger of ${kind} reads nothing, and the console says that CORS is why`, async (t) => {
    const visit = await visited(t, address)
    assert.deepEqual(await visit.stranger.get('/secure'), { stopped: 'TypeError: Failed to fetch' })
    const message = visit.stranger.messages.find((text) => text.includes('CORS policy'))
    assert.match(message, /No 'Access-Control-Allow-Origin' header is present/)
  })

  test(`a stranger of ${kind} has its preflight refused, so that its call is never made`, async (t) => {
    const visit = await visited(t, address)
    assert.deepEqual(await visit.stranger.register('mallory'), { stopped: 'TypeError: Failed to fetch' })
    assert.deepEqual(answers(visit), ['OPTIONS /auth/register 403'])
  })

  test(`a stranger of ${kind} changes nothing by requests that take no preflight`, async (t) => {
    const visit = await visited(t, address)
    const { page } = visit.stranger
    const before = await jar(visit.browser)
    await visit.stranger.post('/auth/logout', { mode: 'no-cors' })
    await visit.stranger.post('/auth/refresh', { mode: 'no-cors' })
    await image(page, `${visit.api.origin}/set-cookie`)
    await form(page, `${visit.api.origin}/auth/logout`)
    assert.deepEqual(answers(visit).sort(), [
      'GET /set-cookie 403',
      'POST /auth/logout 403',
      'POST /auth/logout 403',
      'POST /auth/refresh 403',
    ])
    assert.deepEqual(await jar(visit.browser), before)
    assert.equal(await visit.page.secure(), 'Hello, alice!')
  })
}

// Loads what is no image, as one.
function image(page, url) {
  return page.evaluate((url) => new Promise((done) => Object.assign(new Image(), { onerror: done, src: url })), url)
}

// Sends a form, which leaves the page.
async function form(page, url) {
  const sent = page.waitForResponse(url)
  await page.evaluate((url) => {
    const form = document.body.appendChild(document.createElement('form'))
    Object.assign(form, { method: 'post', action: url }).submit()
  }, url)
  await sent
}

test('a header that is not allowed is named in the console', async (t) => {
  const origin = await serveFrontend(t, 'https://app.concierge-b.test')
  const api = await serveApi(t, 'https://api.concierge-a.test', [origin])
  const page = await openFrontend(await openBrowser(t, 'blocked'), origin, api)
  const answer = await page.get('/secure', { headers: { 'X-Tenant': '7' } })
  assert.deepEqual(answer, { stopped: 'TypeError: Failed to fetch' })
  const message = page.messages.find((text) => text.includes('CORS policy'))
  assert.match(message, /Request header field x-tenant is not allowed by Access-Control-Allow-Headers in preflight/)
})

test('failures are readable for frontends, with what to do next and the request id', async (t) => {
  const origin = await serveFrontend(t, 'https://app.concierge-b.test')
  const api = await serveApi(t, 'https://api.concierge-a.test', [origin])
  const page = await openFrontend(await openBrowser(t, 'blocked'), origin, api)
  for (const [method, path, status, code] of [
    ['GET', '/secure', 401, 'token_missing'],
    ['GET', '/nowhere', 404, 'not_found'],
    ['DELETE', '/greet', 405, 'method_not_allowed'],
  ]) {
    const answer = await page.call(method, path)
    assert.deepEqual([answer.status, answer.body.code], [status, code])
    assert.ok(answer.body.request_id)
  }
  const large = await page.post('/greet', { body: { name: 'x'.repeat(2 << 20) } })
  assert.deepEqual([large.status, large.body.code], [413, 'payload_too_large'])
})
