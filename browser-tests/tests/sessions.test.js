// A user's whole session, from pages that live elsewhere than the API.

import assert from 'node:assert/strict'
import test from 'node:test'

import { jar, openBrowser } from '../lib/chromium.js'
import { temporaryFolder } from '../lib/cleanup.js'
import { predict, serveApi } from '../lib/concierge.js'
import { openFrontend } from '../lib/frontend.js'
import { pass, serve, serveFrontend, showPage } from '../lib/servers.js'

const SESSION = ['access_token', 'refresh_token', 'csrf_token']

const SAME_SITE = [
  '__Host-access_token=…; HttpOnly; SameSite=Lax; Secure; Path=/',
  '__Host-csrf_token=…; SameSite=Lax; Secure; Path=/',
  '__Secure-refresh_token=…; HttpOnly; SameSite=Lax; Secure; Path=/auth',
]
const CROSS_SITE = [
  '__Host-access_token=…; HttpOnly; SameSite=None; Secure; Path=/; Partitioned',
  '__Host-csrf_token=…; SameSite=None; Secure; Path=/; Partitioned',
  '__Secure-refresh_token=…; HttpOnly; SameSite=None; Secure; Path=/auth; Partitioned',
]
const LOOPBACK = [
  'access_token=…; HttpOnly; SameSite=Lax; Path=/',
  'csrf_token=…; SameSite=Lax; Path=/',
  'refresh_token=…; HttpOnly; SameSite=Lax; Path=/auth',
]
const LOOPBACK_CROSS_SITE = [
  'access_token=…; HttpOnly; SameSite=None; Secure; Path=/; Partitioned',
  'csrf_token=…; SameSite=None; Secure; Path=/; Partitioned',
  'refresh_token=…; HttpOnly; SameSite=None; Secure; Path=/auth; Partitioned',
]

// Each row: where the page lives, where the API does, and what is in the jar after a login.
for (const [frontend, api, cookies] of [
  ['https://app.concierge-a.test', 'https://api.concierge-a.test', SAME_SITE],
  ['https://app.concierge-b.test', 'https://api.concierge-a.test', CROSS_SITE],
  ['http://localhost', 'http://localhost', LOOPBACK],
  ['http://127.0.0.1', 'http://localhost', LOOPBACK_CROSS_SITE],
]) {
  for (const setting of ['blocked', 'allowed']) {
    test(`a session of ${frontend} at ${api} holds, with third-party cookies ${setting}`, async (t) => {
      const origin = await serveFrontend(t, frontend)
      const at = await serveApi(t, api, [origin])
      const browser = await openBrowser(t, setting)
      const page = await openFrontend(browser, origin, at)

      assert.equal(await page.secure(), '401 token_missing')
      assert.equal((await page.register('alice')).status, 201)
      assert.deepEqual(await jar(browser), cookies)
      await agreesWithTheDoctor(t, cookies, at, origin)

      await page.reload()
      assert.equal(await page.secure(), 'Hello, alice!')
      // What a page on another host does after a reload, for it cannot read the API's cookie.
      assert.deepEqual(await page.get('/auth/csrf'), { status: 200, body: { csrf_token: page.csrf } })

      const before = await values(browser)
      assert.equal((await page.post('/auth/refresh')).body.code, 'csrf_token_missing')
      assert.deepEqual(await values(browser), before)
      assert.equal((await page.refresh()).status, 201)
      assert.notDeepEqual(await values(browser), before)
      assert.deepEqual(await jar(browser), cookies)
      assert.equal(await page.secure(), 'Hello, alice!')

      assert.equal((await page.post('/auth/logout')).status, 200)
      assert.deepEqual(await jar(browser), [])
      assert.equal(await page.secure(), '401 token_missing')
    })
  }
}

async function agreesWithTheDoctor(t, cookies, api, frontend) {
  const predictions = (await predict(t, api.origin, frontend)).filter(({ name }) => SESSION.includes(name))
  assert.deepEqual(predictions.map(({ line }) => line).sort(), cookies)
  const partitioned = cookies.every((line) => line.endsWith('; Partitioned'))
  for (const { verdict } of predictions) assert.equal(verdict, partitioned ? 'kept_partitioned' : 'kept')
}

async function values(browser) {
  const cookies = (await browser.cookies()).filter(({ name }) => name.endsWith('refresh_token'))
  return cookies.map(({ value }) => value)
}

test('one API serves pages of its own site and of another one at once, from one browser', async (t) => {
  const near = await serveFrontend(t, 'https://app.concierge-a.test')
  const far = await serveFrontend(t, 'https://app.concierge-b.test')
  const api = await serveApi(t, 'https://api.concierge-a.test', [near, far])
  const browser = await openBrowser(t, 'blocked')
  const [alices, bobs] = [await openFrontend(browser, near, api), await openFrontend(browser, far, api)]

  await alices.register('alice')
  await bobs.register('bob')
  assert.deepEqual(await jar(browser), [...SAME_SITE, ...CROSS_SITE].sort())
  for (const page of [alices, bobs]) {
    await page.reload()
    assert.equal((await page.refresh()).status, 201)
  }
  assert.deepEqual([await alices.secure(), await bobs.secure()], ['Hello, alice!', 'Hello, bob!'])

  await alices.post('/auth/logout')
  assert.deepEqual(await jar(browser), CROSS_SITE)
  assert.deepEqual([await alices.secure(), await bobs.secure()], ['401 token_missing', 'Hello, bob!'])
  await bobs.post('/auth/logout')
  assert.deepEqual(await jar(browser), [])
})

test("pages of two sites that are not the API's have a jar each", async (t) => {
  const frontends = []
  for (const site of ['b', 'c']) frontends.push(await serveFrontend(t, `https://app.concierge-${site}.test`))
  const api = await serveApi(t, 'https://api.concierge-a.test', frontends)
  const browser = await openBrowser(t, 'allowed')
  const alices = await openFrontend(browser, frontends[0], api)
  const others = await openFrontend(browser, frontends[1], api)

  await alices.register('alice')
  assert.deepEqual([await alices.secure(), await others.secure()], ['Hello, alice!', '401 token_missing'])
  await others.login('alice')
  await alices.post('/auth/logout')
  assert.deepEqual([await alices.secure(), await others.secure()], ['401 token_missing', 'Hello, alice!'])
})

for (const [frontend, prefix] of [
  ['https://app.concierge-a.test', 'SameSite=Lax; Secure; Path=/'],
  ['https://app.concierge-b.test', 'SameSite=None; Secure; Path=/; Partitioned'],
]) {
  test(`the visitor's cookie is set, sent and cleared for ${frontend}, with third-party cookies blocked`, async (t) => {
    const origin = await serveFrontend(t, frontend)
    const api = await serveApi(t, 'https://api.concierge-a.test', [origin])
    const browser = await openBrowser(t, 'blocked')
    const page = await openFrontend(browser, origin, api)
    assert.equal((await page.get('/get-cookie')).status, 404)
    assert.equal((await page.get('/set-cookie?lifetime=browser')).status, 200)
    assert.deepEqual(await jar(browser), [`__Host-visitor=…; HttpOnly; ${prefix}`])
    await page.reload()
    assert.equal((await page.get('/get-cookie')).status, 200)
    assert.equal((await page.get('/delete-cookie')).status, 200)
    assert.deepEqual(await jar(browser), [])
  })
}

for (const frontend of ['https://app.concierge-a.test', 'https://app.concierge-b.test']) {
  test(`who asked ${frontend} to remember them is known after the browser was closed, and nobody else`, async (t) => {
    const origin = await serveFrontend(t, frontend)
    const api = await serveApi(t, 'https://api.concierge-a.test', [origin])
    for (const [username, remember, expected] of [
      ['alice', true, 'Hello, alice!'],
      ['bob', false, '401 token_missing'],
    ]) {
      const folder = temporaryFolder(t)
      const before = await openBrowser(t, 'blocked', folder)
      await (await openFrontend(before, origin, api)).register(username, remember)
      await before.close()
      const afterwards = await openBrowser(t, 'blocked', folder)
      assert.equal(await (await openFrontend(afterwards, origin, api)).secure(), expected)
    }
  })
}

test('tabs that refresh at once stay logged in, all of them', async (t) => {
  const origin = await serveFrontend(t, 'https://app.concierge-b.test')
  const api = await serveApi(t, 'https://api.concierge-a.test', [origin])
  const browser = await openBrowser(t, 'blocked')
  const tabs = []
  for (let tab = 0; tab < 4; tab++) tabs.push(await openFrontend(browser, origin, api))
  const { body } = await tabs[0].register('alice')
  for (const tab of tabs) tab.csrf = body.csrf_token
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(tabs.map((tab) => tab.refresh()))
    assert.deepEqual(answers.map(({ status }) => status), [201, 201, 201, 201])
    assert.deepEqual(await Promise.all(tabs.map((tab) => tab.secure())), Array(4).fill('Hello, alice!'))
  }
  await tabs[0].post('/auth/logout')
  assert.deepEqual(await Promise.all(tabs.map((tab) => tab.secure())), Array(4).fill('401 token_missing'))
})

test("behind the frontend's own proxy, cookies are the first party's", async (t) => {
  const proxy = { port: undefined, answers: [] }
  const origin = await serve(t, 'https://app.concierge-b.test', (request, response) =>
    request.url === '/' ? showPage(response) : pass(request, response, proxy),
  )
  const api = await serveApi(t, 'https://api.concierge-a.test', [origin], { 'server.aliases': origin })
  proxy.port = api.gateway.port
  const browser = await openBrowser(t, 'blocked')
  const page = await openFrontend(browser, origin, origin)
  await page.register('alice')
  assert.deepEqual(await jar(browser), SAME_SITE)
  await page.reload()
  assert.equal((await page.refresh()).status, 201)
  assert.equal(await page.secure(), 'Hello, alice!')
  await page.post('/auth/logout')
  assert.deepEqual(await jar(browser), [])
})
