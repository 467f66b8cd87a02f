// The setting about third parties' cookies really acts: without that, every other test would prove nothing.

import assert from 'node:assert/strict'
import test from 'node:test'

import { openBrowser } from '../lib/chromium.js'
import { openFrontend } from '../lib/frontend.js'
import { serve, serveFrontend } from '../lib/servers.js'

// Sets an ordinary cookie and a partitioned one, and tells which ones come.
function thirdParty(request, response) {
  response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*')
  response.setHeader('Access-Control-Allow-Credentials', 'true')
  if (request.url === '/set') {
    const attributes = 'Max-Age=60; Path=/; SameSite=None; Secure'
    response.setHeader('Set-Cookie', [`plain=1; ${attributes}`, `apart=1; ${attributes}; Partitioned`])
  }
  response.end(JSON.stringify((request.headers.cookie ?? '').split('; ').filter(Boolean).sort()))
}

for (const [setting, expected] of [
  ['blocked', ['apart=1']],
  ['allowed', ['apart=1', 'plain=1']],
]) {
  test(`with third-party cookies ${setting}, Chromium sends ${expected.join(' and ')}`, async (t) => {
    const other = await serve(t, 'https://www.concierge-c.test', thirdParty)
    const browser = await openBrowser(t, setting)
    const page = await openFrontend(browser, await serveFrontend(t, 'https://app.concierge-b.test'), other)
    assert.deepEqual(await page.get('/set'), { status: 200, body: [] })
    assert.deepEqual(await page.get('/'), { status: 200, body: expected })
    assert.equal((await browser.cookies()).length, expected.length)
  })
}
