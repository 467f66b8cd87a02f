// The round trip of a call and its cookies between a page and the API, made in the visitor's browser and told step by step.
//
// A classic script for any page: it knows the API by where it was loaded from, or by the attribute data-api of a tag that loads
// a copy of it. It draws its report over the page (or into the table #steps of the API's own), and leaves a promise of the
// results in window.__concierge_diagnostics.
(() => {
  'use strict';

  const tag = document.currentScript;
  if (!tag || !tag.src) {
    console.error('diagnostics.js: load it by a script tag, or by the line that the page /diagnostics shows');
    return;
  }
  const api = new URL(tag.dataset.api || tag.src);
  const ownPage = tag.dataset.into === 'steps';

  const LABELS = {
    reach: 'The API is reached',
    origin: 'This page may read its answers',
    credentials: 'Answers with credentials, too',
    preflight: 'Preflights pass',
    host: 'The API knows its name',
    cookie_set: 'A cookie is set',
    read_back: 'The cookie comes back',
    partitioned: 'Third-party cookies',
    csrf: 'Forged requests are refused',
    cleared: 'The cookie is cleared',
  };

  // What each step came to, from nothing but what was seen: `undefined` is what was not tried, `null` what the browser kept
  // from the page. Pure, so that it can be tried with any browser's findings.
  function judge(seen) {
    const results = [];
    let stopped = false;
    const tell = (step, ok, code, sentence, fix = '') => results.push({ step, ok, code, sentence, fix });
    const pass = (step, sentence, code = 'ok') => tell(step, true, code, sentence);
    const fail = (step, code, sentence, fix) => tell(step, false, code, sentence, fix);
    // A step that the following ones cannot do without.
    const stop = (step, code, sentence, fix) => {
      fail(step, code, sentence, fix);
      stopped = true;
    };
    const skip = (step) => fail(step, 'skipped', 'Not tried, because an earlier step failed.', '');
    const { page, api } = seen;

    if (seen.reached) {
      pass('reach', `${api.origin} answers.`);
    } else if (seen.csp) {
      stop('reach', 'blocked_by_csp', 'This page forbids the call by its own Content-Security-Policy.',
        `Add ${api.origin} to its connect-src.`);
    } else if (page.secure && !api.https && !api.loopback) {
      stop('reach', 'mixed_content', 'An https page may not call an http API.', 'Serve the API over https.');
    } else {
      stop('reach', 'unreachable', `Nothing answers at ${api.origin}.`,
        'Check that the API runs, that its name resolves and its certificate is valid, and that no extension blocks the call.');
    }

    if (stopped) {
      skip('origin');
    } else if (seen.simple && seen.simple.code !== 'origin_not_allowed') {
      pass('origin', `The API shares its answers with ${page.origin}.`);
    } else {
      stop('origin', 'origin_not_allowed',
        `The API answers, but not to pages of ${page.origin}; its log says why, with the nearest origin that may call.`,
        `Add ${page.origin} to origins.allowed. If it is there, a proxy in front of the API takes CORS headers away.`);
    }

    const credentialed = seen.credentialed;
    if (stopped) {
      skip('credentials');
    } else if (!credentialed) {
      stop('credentials', 'credentials_refused', 'The answer to a call with cookies is kept from the page.',
        'A proxy in front of the API rewrites CORS headers: let those of the API pass as they are.');
    } else if (credentialed.status === 401 || credentialed.code === 'forbidden') {
      stop('credentials', 'admins_only', 'Only administrators may go on, and no session of one came along.',
        'Set diagnostics.access to "everybody" for a while. If you are logged in as an administrator here, the cookies are what is lost.');
    } else if (credentialed.status !== 200) {
      stop('credentials', 'unexpected_answer', `The API answered ${credentialed.status}.`, 'See its log.');
    } else {
      pass('credentials', 'A call with cookies is answered, and the page may read it.');
    }

    const probe = seen.probe;
    if (stopped) {
      skip('preflight');
    } else if (!probe) {
      stop('preflight', 'preflight_refused', 'The browser asks before a call that changes something, and is refused.',
        'Let OPTIONS requests through to the API: a proxy in front of it seems to answer them itself.');
    } else if (probe.status !== 201) {
      stop('preflight', probe.code || 'unexpected_answer', `The API answered ${probe.status} to a call that changes something.`,
        'See its log under the request id of the answer.');
    } else {
      pass('preflight', page.origin === api.origin ? 'A page of the API\'s own may make calls that change something unasked.'
        : 'The browser asks before a call that changes something, and may go on.');
    }

    const body = stopped ? null : probe.body;
    const crossSite = body && body.topology === 'cross_site';
    if (stopped) {
      skip('host');
    } else if (body.host_is_own) {
      pass('host', `It was called by one of its own names; this page is ${crossSite ? 'of another site' : 'of the same site'}.`);
    } else {
      fail('host', 'host_mismatch', `It was called as ${body.saw.host}, which is none of its own names; it takes itself for ${body.api}.`,
        'Call it by its public URL, add this name to server.aliases, or have the proxy pass the Host on.');
    }

    const profile = body && body.cookies.find((cookie) => cookie.role === 'profile');
    const expected = profile && profile.browsers[seen.browser];
    const dropped = expected && expected.verdict === 'dropped';
    const [why, remedy] = dropped ? sentences(expected.because) : ['', ''];
    if (stopped) {
      skip('cookie_set');
    } else if (dropped) {
      fail('cookie_set', expected.code, `${capital(why)}.`, remedy);
    } else {
      pass('cookie_set', profile.line);
    }

    const came = stopped || !seen.back ? null : seen.back.came_back;
    const lost = came && !came.profile ? loss(seen, { expected, dropped, crossSite, came, profile, why, remedy, body }) : null;
    if (stopped) {
      skip('read_back');
    } else if (!came) {
      fail('read_back', 'unexpected_answer', 'The API did not tell whether the cookie came back.', 'See its log.');
    } else if (lost) {
      fail('read_back', lost.code, lost.sentence, lost.fix);
    } else {
      pass('read_back', 'The browser kept the cookie and sent it with the next call.');
    }

    const back = Boolean(came && came.profile);
    if (stopped || !came) {
      skip('partitioned');
    } else if (!crossSite) {
      pass('partitioned', 'This page and the API are of one site, so nothing counts as third-party.', 'not_needed');
    } else if (!back) {
      fail('partitioned', lost.code, lost.sentence, lost.fix);
    } else if (!came.third_party) {
      pass('partitioned', 'This browser blocks third-party cookies, but for partitioned ones such as these.', 'blocked_third_party');
    } else {
      pass('partitioned', 'This browser keeps third-party cookies. Others do not; partitioned ones pass there, too.');
    }

    if (stopped || !back) {
      skip('csrf');
    } else if (!seen.forged || seen.forged.code !== 'csrf_token_missing') {
      fail('csrf', 'csrf_unguarded', 'A call without X-CSRF-Token was not refused.', 'See whether a proxy adds that header.');
    } else if (!seen.cleared || seen.cleared.status !== 200) {
      fail('csrf', (seen.cleared && seen.cleared.code) || 'unexpected_answer', 'A call with the right X-CSRF-Token was refused.',
        'See whether a proxy takes that header away.');
    } else {
      pass('csrf', 'Without X-CSRF-Token a call is refused, with it it passes.');
    }

    const after = seen.after && seen.after.came_back;
    if (stopped || !back || !after) {
      skip('cleared');
    } else if (after.profile || after.third_party) {
      fail('cleared', 'not_cleared', 'The cookie is still there after it was cleared.',
        'Another cookie of its name stands in the way: clear this site\'s cookies in the browser.');
    } else {
      pass('cleared', 'The cookie is gone.');
    }
    return results;
  }

  // Why a cookie did not come back.
  function loss(seen, { expected, dropped, crossSite, came, profile, why, remedy, body }) {
    if (dropped) return { code: expected.code, sentence: `${capital(why)}.`, fix: remedy };
    if (!body.host_is_own) {
      return { code: 'host_mismatch', sentence: 'The cookie was made for another name of the API than the one that was called.',
        fix: `Call the API as ${body.api}, or add the name that was called to server.aliases.` };
    }
    if (crossSite && seen.page.loopback && seen.api.loopback) {
      return { code: 'host_mismatch', sentence: 'This page and the API use two names of this machine, which are two sites.',
        fix: 'Call the API by the host name of the page.' };
    }
    if (crossSite && !came.third_party && !profile.line.includes('; Partitioned')) {
      return { code: 'blocked_third_party', sentence: 'This browser blocks the cookies of other sites, but for partitioned ones.',
        fix: 'Set cookies.partitioned to "auto".' };
    }
    if (crossSite && !came.third_party) {
      return { code: 'blocked_third_party', sentence: 'This browser blocks the cookies of other sites.',
        fix: 'Serve the API at the page\'s own origin (concierge proxy-config prints how), or both from one site.' };
    }
    if (crossSite) {
      return { code: 'partitioned_dropped', sentence: 'This browser keeps third-party cookies, but not partitioned ones.',
        fix: 'Update it, or set cookies.partitioned to false.' };
    }
    if (!seen.api.https && profile.line.includes('; Secure')) {
      return { code: 'secure_over_http', sentence: 'The browser drops Secure cookies that come over http.',
        fix: 'Serve the API over https, or set cookies.secure to "auto".' };
    }
    return { code: 'cookies_blocked', sentence: 'The browser keeps no cookie of the API, though nothing speaks against this one.',
      fix: 'Look for a setting or an extension that blocks cookies, and for a proxy that takes Set-Cookie away.' };
  }

  // "what is wrong; what to do", as the server says it.
  function sentences(because) {
    const at = because.indexOf('; ');
    return at < 0 ? [because, ''] : [because.slice(0, at), `${capital(because.slice(at + 2))}.`];
  }

  function capital(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  function isLoopback(host) {
    return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
  }

  // Whose rules apply. Every browser of iOS is Safari below.
  function browser() {
    const agent = navigator.userAgent;
    if (/Firefox\//.test(agent)) return 'firefox';
    return /Chrom(e|ium)\//.test(agent) ? 'chrome' : 'safari';
  }

  // An answer as far as a page may read it, else null.
  async function ask(path, options) {
    try {
      const response = await fetch(api.origin + path, { cache: 'no-store', ...options });
      const body = await response.json().catch(() => null);
      return { status: response.status, code: body && body.code, body };
    } catch {
      return null;
    }
  }

  async function observe() {
    const seen = {
      page: { origin: location.origin, secure: location.protocol === 'https:', loopback: isLoopback(location.hostname) },
      api: { origin: api.origin, https: api.protocol === 'https:', loopback: isLoopback(api.hostname) },
      browser: browser(),
      csp: false,
    };
    const violated = (event) => {
      if (event.blockedURI.startsWith(api.origin)) seen.csp = true;
    };
    document.addEventListener('securitypolicyviolation', violated);
    const cookies = '/diagnostics/cookies';
    const include = { credentials: 'include' };
    // No answer is read, so no CORS stands in the way: this alone tells a refusal from a server that is not there.
    const plain = { mode: 'no-cors', cache: 'no-store', credentials: 'omit' };
    seen.reached = await fetch(`${api.origin}/diagnostics.js`, plain).then(() => true, () => false);
    // Violations are told in a task of their own.
    if (!seen.reached) await new Promise((resolve) => setTimeout(resolve));
    document.removeEventListener('securitypolicyviolation', violated);
    if (!seen.reached) return seen;
    seen.simple = await ask(cookies, { credentials: 'omit' });
    if (!seen.simple) return seen;
    seen.credentialed = await ask(cookies, include);
    if (!seen.credentialed || seen.credentialed.status !== 200) return seen;
    const json = { 'Content-Type': 'application/json' };
    seen.probe = await ask(cookies, { ...include, method: 'POST', headers: json, body: '{}' });
    if (!seen.probe || seen.probe.status !== 201) return seen;
    const headers = { 'X-CSRF-Token': seen.probe.body.csrf_token };
    const cameBack = async () => {
      const answer = await ask(cookies, { ...include, headers });
      return answer && answer.status === 200 ? answer.body : null;
    };
    seen.back = await cameBack();
    if (!seen.back || !seen.back.came_back.profile) return seen;
    seen.forged = await ask(cookies, { ...include, method: 'DELETE' });
    seen.cleared = await ask(cookies, { ...include, method: 'DELETE', headers });
    seen.after = await cameBack();
    return seen;
  }

  function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  function row(result) {
    const skipped = result.code === 'skipped';
    const word = result.ok ? 'ok' : skipped ? 'not tried' : 'failed';
    const means = element('td', {}, result.sentence);
    if (result.fix) means.append(element('strong', {}, ` ${result.fix}`));
    const made = element('tr', {},
      element('th', { scope: 'row' }, LABELS[result.step]), element('td', {}, word),
      element('td', {}, ...(result.code === 'ok' ? [] : [element('code', {}, result.code)])), means);
    Object.assign(made.dataset, { step: result.step, ok: String(result.ok), code: result.code });
    return made;
  }

  function verdict(results) {
    const failed = results.find((result) => !result.ok);
    return failed ? `Broken at “${LABELS[failed.step]}”: ${failed.code}` : 'Everything works from here.';
  }

  // The table of an own page, or one in a panel over somebody else's.
  function report(results) {
    const rows = results.map(row);
    if (ownPage) {
      document.querySelector('#steps tbody').replaceChildren(...rows);
      const line = document.querySelector('#verdict');
      line.textContent = verdict(results);
      line.dataset.ok = String(results.every((result) => result.ok));
      return;
    }
    document.querySelector('#concierge-diagnostics')?.remove();
    // Such a sheet passes where the page's policy forbids inline styles.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(PANEL);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    const close = element('button', { type: 'button', title: 'Close' }, '×');
    const panel = element('section', { id: 'concierge-diagnostics', ariaLabel: 'concierge diagnostics' }, close,
      element('h2', {}, `${location.origin} → ${api.origin}`), element('p', {}, verdict(results)),
      element('table', { id: document.getElementById('steps') ? '' : 'steps' }, element('tbody', {}, ...rows)));
    close.addEventListener('click', () => panel.remove());
    (document.body || document.documentElement).append(panel);
  }

  const PANEL = `
    #concierge-diagnostics { all: initial; position: fixed; inset: auto 1rem 1rem auto; z-index: 2147483647; display: block;
      box-sizing: border-box; width: min(60rem, calc(100vw - 2rem)); max-height: calc(100vh - 2rem); overflow: auto;
      padding: 1rem 1.25rem; border-radius: .75rem; border: 1px solid #c9cfd8; background: #fff; color: #1c2430;
      font: 14px/1.45 system-ui, sans-serif; box-shadow: 0 1rem 3rem #0004; color-scheme: light dark; }
    #concierge-diagnostics h2 { all: unset; display: block; font-weight: 650; padding-right: 2rem; overflow-wrap: anywhere; }
    #concierge-diagnostics p { all: unset; display: block; margin: .25rem 0 .75rem; }
    #concierge-diagnostics button { all: unset; float: right; cursor: pointer; font-size: 1.4rem; line-height: 1; padding: 0 .35rem; }
    #concierge-diagnostics button:focus-visible { outline: 2px solid #2f6fed; }
    #concierge-diagnostics table { all: unset; display: table; width: 100%; border-collapse: collapse; }
    #concierge-diagnostics tr { border-top: 1px solid #8884; }
    #concierge-diagnostics th, #concierge-diagnostics td { padding: .35rem .75rem .35rem 0; text-align: left; vertical-align: top;
      overflow-wrap: anywhere; font-size: 14px; }
    #concierge-diagnostics th { font-weight: 600; min-width: 9rem; }
    #concierge-diagnostics th + td { white-space: nowrap; font-weight: 650; color: #b3261e; }
    #concierge-diagnostics tr[data-ok=true] th + td { color: #1a7f37; }
    #concierge-diagnostics tr[data-code=skipped] { opacity: .65; }
    #concierge-diagnostics tr[data-code=skipped] th + td { color: inherit; }
    #concierge-diagnostics strong { font-weight: 600; }
    #concierge-diagnostics code { font: 12px/1.4 ui-monospace, monospace; white-space: nowrap; }
    @media (prefers-color-scheme: dark) {
      #concierge-diagnostics { background: #161b22; color: #e6e9ee; border-color: #39424e; }
      #concierge-diagnostics th + td { color: #ff8a80; }
      #concierge-diagnostics tr[data-ok=true] th + td { color: #6bd08a; }
    }`;

  const run = observe().then(judge).then((results) => {
    report(results);
    console.table(results);
    return results;
  });
  window.__concierge_diagnostics = Object.assign(run, { judge });
})();
