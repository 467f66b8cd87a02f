// What `concierge doctor` says that Chrome does with cookies is what Chromium does with them.

import assert from 'node:assert/strict'
import test from 'node:test'

import { jar, openBrowser } from '../lib/chromium.js'
import { predict } from '../lib/concierge.js'
import { openFrontend } from '../lib/frontend.js'
import { serve, serveFrontend } from '../lib/servers.js'

const [A, B] = ['https://app.concierge-a.test', 'https://app.concierge-b.test']
const API = 'https://api.concierge-a.test'

// Each row: where the page lives, where the API does, settings; the verdict, or why the cookies are dropped.
const CASES = [
  [A, API, {}, 'kept'],
  [A, API, { 'cookies.same_site': 'strict' }, 'kept'],
  [A, API, { 'cookies.domain': 'concierge-a.test' }, 'kept'],
  [A, API, { 'cookies.domain': 'concierge-b.test' }, 'domain_mismatch'],
  [A, API, { 'cookies.domain': 'test' }, 'public_suffix_domain'],
  [A, API, { 'cookies.partitioned': 'true' }, 'kept_partitioned'],
  [A, API, { 'cookies.same_site': 'none', 'cookies.secure': 'false' }, 'same_site_none_without_secure'],
  [A, API, { 'cookies.partitioned': 'true', 'cookies.secure': 'false' }, 'partitioned_without_secure'],
  [B, API, {}, 'kept_partitioned'],
  [B, API, { 'cookies.domain': 'concierge-a.test' }, 'kept_partitioned'],
  [B, API, { 'cookies.partitioned': 'false' }, 'kept'],
  [B, API, { 'cookies.same_site': 'lax' }, 'same_site_forbids_cross_site'],
  [B, API, { 'cookies.same_site': 'strict' }, 'same_site_forbids_cross_site'],
  [A, 'http://api.concierge-a.test', {}, 'mixed_content'],
  ['http://app.concierge-a.test', API, {}, 'kept_partitioned'],
  ['http://app.concierge-a.test', 'http://api.concierge-a.test', {}, 'kept'],
  ['http://app.concierge-a.test', 'http://api.concierge-a.test', { 'cookies.secure': 'true' }, 'secure_over_http'],
  ['http://localhost', 'http://localhost', {}, 'kept'],
  ['http://localhost', 'http://localhost', { 'cookies.secure': 'true' }, 'kept'],
  ['http://127.0.0.1', 'http://localhost', {}, 'kept_partitioned'],
  ['http://127.0.0.1', 'http://localhost', { 'cookies.partitioned': 'false' }, 'kept'],
  ['http://localhost', 'http://127.0.0.1', {}, 'kept_partitioned'],
  [A, 'http://localhost', {}, 'kept_partitioned'],
]

for (const setting of ['blocked', 'allowed']) {
  test(`with third-party cookies ${setting}, Chromium does as predicted`, async (t) => {
    const browser = await openBrowser(t, setting)
    for (const [frontend, api, settings, expected] of CASES) {
      await t.test(`${frontend} at ${api} with ${JSON.stringify(settings)}: ${expected}`, async (t) => {
        const lines = []
        const page = await serveFrontend(t, frontend)
        const at = await serve(t, api, (request, response) => set(request, response, lines))
        const predictions = await predict(t, at, page, settings)
        for (const { verdict, reason } of predictions) assert.equal(reason ?? verdict, expected)
        lines.push(...predictions.map(({ line }) => line))

        await browser.clearCookies()
        const tab = await openFrontend(browser, page, at)
        const call = await tab.get('/auth/set')
        assert.equal(call.status, expected === 'mixed_content' ? undefined : 200)
        // Chrome's own default is to take what its user may block.
        const blocked = setting === 'blocked' && expected === 'kept' && isThirdParty(frontend, api)
        const kept = blocked || !expected.startsWith('kept') ? [] : lines
        assert.deepEqual(await jar(browser), kept.toSorted())
        if (call.status) assert.deepEqual((await tab.get('/auth/names')).body, kept.map(name).toSorted())
        await tab.page.close()
      })
    }
  })
}

// Sets the cookies of these lines, and tells the names of those that came.
function set(request, response, lines) {
  response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*')
  response.setHeader('Access-Control-Allow-Credentials', 'true')
  if (request.url === '/auth/set') response.setHeader('Set-Cookie', lines.map((line) => line.replace('…', '1')))
  response.end(JSON.stringify((request.headers.cookie ?? '').split('; ').filter(Boolean).map(name).toSorted()))
}

function name(line) {
  return line.split('=', 1)[0]
}

// To a browser, by the registrable domain; the names of this machine have none.
function isThirdParty(frontend, api) {
  const site = (address) => new URL(address).hostname.replace(/^(app|api)\./, '')
  return site(frontend) !== site(api)
}
