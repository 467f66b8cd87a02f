// Cookies that earlier settings have left in a browser.

import assert from 'node:assert/strict'
import test from 'node:test'

import { jar, openBrowser } from '../lib/chromium.js'
import { serveApi } from '../lib/concierge.js'
import { openFrontend } from '../lib/frontend.js'
import { serveFrontend } from '../lib/servers.js'

const NEAR = 'https://app.concierge-a.test'
const FAR = 'https://app.concierge-b.test'
const DOMAIN = { 'cookies.domain': 'concierge-a.test' }
const NAMED = { 'cookies.former_domains': 'concierge-a.test' }

// Each row: what became of the old cookies; where the page lives, the settings of before and of today.
for (const [outcome, frontend, former, present] of [
  // A neighbour may have a cookie of that name and domain, so nothing is expired that is not named.
  ['stay', NEAR, DOMAIN, {}],
  ['go', NEAR, DOMAIN, NAMED],
  ['go', FAR, DOMAIN, NAMED],
  ['go', FAR, { 'cookies.partitioned': 'false' }, {}],
]) {
  const change = `${JSON.stringify(former)} became ${JSON.stringify(present)}`
  test(`at ${frontend}, once ${change}, old cookies lose against new ones, and ${outcome}`, async (t) => {
    const origin = await serveFrontend(t, frontend)
    const api = await serveApi(t, 'https://api.concierge-a.test', [origin], former)
    const browser = await openBrowser(t, 'allowed')
    const page = await openFrontend(browser, origin, api)
    assert.equal((await page.register('alice')).status, 201)
    const old = await jar(browser)
    await api.restart(present)

    assert.equal((await page.register('bob')).status, 201)
    const today = (await jar(browser)).filter((line) => !old.includes(line))
    assert.equal(today.length, 3)
    await page.reload()
    assert.equal(await page.secure(), 'Hello, bob!')
    assert.deepEqual((await page.get('/auth/csrf')).body, { csrf_token: page.csrf })
    assert.equal((await page.refresh()).body.user.username, 'bob')
    assert.equal(await page.secure(), 'Hello, bob!')

    const stay = outcome === 'stay' ? old : []
    assert.deepEqual(await jar(browser), [...today, ...stay].sort())
    assert.equal((await page.post('/auth/logout')).status, 200)
    assert.deepEqual(await jar(browser), stay)
    assert.equal(await page.secure(), '401 token_missing')
    // Nor does an old refresh token bring its session back.
    assert.equal((await page.get('/auth/csrf')).status, 401)
  })
}
