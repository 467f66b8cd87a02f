// A page behind a load balancer: each of its requests may be answered by another replica.

import assert from 'node:assert/strict'
import test from 'node:test'

import { jar, openBrowser } from '../lib/chromium.js'
import { startFleet } from '../lib/fleet.js'
import { openFrontend } from '../lib/frontend.js'

const SESSION = [
  'access_token=…; HttpOnly; SameSite=Lax; Path=/',
  'csrf_token=…; SameSite=Lax; Path=/',
  'refresh_token=…; HttpOnly; SameSite=Lax; Path=/auth',
]
const VISITOR = 'visitor=…; HttpOnly; SameSite=Lax; Path=/'

test('a session whose requests three replicas answer in turn never notices', async (t) => {
  const origin = await startFleet(t)
  const browser = await openBrowser(t, 'blocked')
  const replicas = new Set()
  browser.on('response', (response) => replicas.add(response.headers()['x-upstream']))
  const page = await openFrontend(browser, origin, origin)
  const tab = await openFrontend(browser, origin, origin)

  assert.equal((await page.register('alice')).status, 201)
  assert.deepEqual(await jar(browser), SESSION)
  tab.csrf = page.csrf
  for (let round = 0; round < 3; round++) {
    await page.reload()
    assert.equal(await page.secure(), 'Hello, alice!')
    assert.deepEqual(await page.get('/auth/csrf'), { status: 200, body: { csrf_token: page.csrf } })
    assert.equal((await page.post('/auth/refresh')).body.code, 'csrf_token_missing')
    const refreshed = await Promise.all([page.refresh(), tab.refresh(), page.refresh()])
    assert.deepEqual(refreshed.map(({ status }) => status), [201, 201, 201])
    assert.deepEqual(await Promise.all([page.secure(), tab.secure()]), ['Hello, alice!', 'Hello, alice!'])
    assert.equal((await page.get('/auth/sessions')).body.sessions.length, 1)
  }
  assert.deepEqual(await jar(browser), SESSION)

  assert.equal((await page.get('/set-cookie?lifetime=browser')).status, 200)
  const visitors = await Promise.all([1, 2, 3, 4].map(() => page.get('/get-cookie')))
  assert.deepEqual(visitors.map(({ status, body }) => [status, body.token]), Array(4).fill([200, visitors[0].body.token]))
  assert.deepEqual(await jar(browser), [...SESSION, VISITOR].sort())
  assert.equal((await page.get('/delete-cookie')).status, 200)

  assert.equal((await tab.post('/auth/logout')).status, 200)
  assert.deepEqual(await jar(browser), [])
  assert.equal(await page.secure(), '401 token_missing')
  // What nginx answers by itself, the page, says nothing of a replica.
  replicas.delete(undefined)
  assert.equal(replicas.size, 3, [...replicas].join())
})
