// The page /diagnostics, and its script in pages of frontends, find what a browser makes of calls and cookies.

import assert from 'node:assert/strict'
import test from 'node:test'

import { jar, openBrowser } from '../lib/chromium.js'
import { serveApi } from '../lib/concierge.js'
import { openFrontend } from '../lib/frontend.js'
import { serveFrontend, serveGateway } from '../lib/servers.js'

const STEPS = [
  'reach', 'origin', 'credentials', 'preflight', 'host', 'cookie_set', 'read_back', 'partitioned', 'csrf', 'cleared',
]
const [NEAR, FAR] = ['https://app.concierge-a.test', 'https://app.concierge-b.test']
const API = 'https://api.concierge-a.test'

// What a page reports: the code of each step, with a ! where it failed. The table says the same as the promise.
async function found(page) {
  const results = await page.evaluate(() => window.__concierge_diagnostics)
  assert.deepEqual(results.map(({ step }) => step), STEPS)
  const table = page.locator('#steps tr[data-step]')
  const rows = await table.evaluateAll((rows) => rows.map(({ dataset }) => ({ ...dataset })))
  assert.deepEqual(rows, results.map(({ step, ok, code }) => ({ step, ok: String(ok), code })))
  return Object.fromEntries(results.map(({ step, ok, code }) => [step, ok ? code : `${code}!`]))
}

// A report in which all is well but for what is named.
function allWell(but = {}) {
  return { ...Object.fromEntries(STEPS.map((step) => [step, 'ok'])), ...but }
}

// A report that breaks off at a step.
function brokenAt(step, code) {
  const at = STEPS.indexOf(step)
  const around = STEPS.map((step, index) => [step, index < at ? 'ok' : 'skipped!'])
  return Object.fromEntries(around.with(at, [step, `${code}!`]))
}

// Runs the script in a page of a frontend, as a tag that is pasted into its console would.
async function diagnose(t, { address, setting = 'blocked', api: where = API, settings, stranger, head, call }) {
  const origin = await serveFrontend(t, address, head)
  const api = await serveApi(t, where, [stranger ? 'https://app.concierge-c.test' : origin], settings)
  const browser = await openBrowser(t, setting)
  const { page } = await openFrontend(browser, origin, api)
  await paste(page, `${call ? await call(api) : api.origin}/diagnostics.js`)
  const report = await found(page)
  assert.equal(await page.locator('#concierge-diagnostics').isVisible(), true)
  return { report, browser }
}

function paste(page, src) {
  const append = (src) =>
    new Promise((onload, onerror) => {
      document.head.append(Object.assign(document.createElement('script'), { src, onload, onerror }))
    })
  return page.evaluate(append, src)
}

test('on a page of the API itself all is well, and its policy hinders nothing', async (t) => {
  const api = await serveApi(t, API, [])
  const browser = await openBrowser(t, 'blocked')
  const { page, messages } = await openFrontend(browser, api.origin, api, '/diagnostics')
  assert.deepEqual(await found(page), allWell({ partitioned: 'not_needed' }))
  assert.deepEqual(messages.filter((text) => text.includes('Content Security Policy')), [])
  assert.equal(await page.locator('#verdict').getAttribute('data-ok'), 'true')
  assert.deepEqual(await jar(browser), [])
})

const BLOCKED_BY_CSP = '<meta http-equiv="Content-Security-Policy" content="connect-src \'self\'">'
const BLOCKED = 'blocked_third_party!'
const LOST = { read_back: BLOCKED, partitioned: BLOCKED, csrf: 'skipped!', cleared: 'skipped!' }

// Each row: which page it is, how to make it, and what the script finds.
for (const [page, scene, expected] of [
  ['of its site', { address: NEAR }, allWell({ partitioned: 'not_needed' })],
  ['of another site', { address: FAR, setting: 'allowed' }, allWell()],
  ['that third-party cookies are kept from', { address: FAR }, allWell({ partitioned: 'blocked_third_party' })],
  ['that would take other cookies', { address: FAR, settings: { 'cookies.partitioned': 'false' } }, allWell(LOST)],
  ['that may not call', { address: FAR, stranger: true }, brokenAt('origin', 'origin_not_allowed')],
  ['whose own policy forbids to call', { address: NEAR, head: BLOCKED_BY_CSP }, brokenAt('reach', 'blocked_by_csp')],
  [
    'of nobody who administers',
    { address: NEAR, settings: { 'diagnostics.access': 'admins' } },
    brokenAt('credentials', 'admins_only'),
  ],
  [
    'at another name of this machine',
    { address: 'http://127.0.0.1', api: 'http://localhost' },
    allWell({ partitioned: 'blocked_third_party' }),
  ],
]) {
  test(`the script tells a page ${page} what its browser makes of calls and cookies`, async (t) => {
    const { report, browser } = await diagnose(t, scene)
    assert.deepEqual(report, expected)
    assert.deepEqual(await jar(browser), [])
  })
}

test('the script tells a page that it calls the API by none of its names', async (t) => {
  const call = async (api) => {
    const other = await serveGateway(t, 'https://other.concierge-a.test')
    other.port = api.gateway.port
    return other.origin
  }
  const { report } = await diagnose(t, { address: NEAR, call })
  assert.equal(report.host, 'host_mismatch!')
})
