//! Which attributes the cookies of an answer get: chosen once per request, so it neither parses nor allocates.

use crate::{
    CookieAttributes, CookieOverrides, CookiePrefix, CookieProfile, FetchSite, FormerScopes, Origin, Site,
};

/// The profiles of every origin of the API, derived once.
#[derive(Clone, Debug)]
pub struct Profiles {
    public: Api,
    aliases: Vec<Api>,
}

/// One of the API's own origins, and what its cookies look like.
#[derive(Clone, Debug)]
struct Api {
    origin: Origin,
    /// What browsers send as `Origin`.
    text: Box<str>,
    same_site: CookieProfile,
    /// `None` where no cookie can pass between sites.
    cross_site: Option<CookieProfile>,
}

/// What of a request tells by which name it calls the API, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The `Host` header, or the `:authority` of HTTP/2; as browsers reached the API, whatever proxies stand between.
    pub host: Option<&'a [u8]>,
    /// The `Origin` header exactly as it came; of several the first.
    pub origin: Option<&'a [u8]>,
    /// The `Sec-Fetch-Site` header.
    pub fetch_site: FetchSite,
}

impl Profiles {
    /// Derives the profiles of an API that lives at `public_url` and, as well, at each alias.
    pub fn new(public_url: &Origin, aliases: &[Origin], overrides: &CookieOverrides) -> Self {
        Self {
            public: Api::new(public_url, overrides),
            aliases: aliases.iter().map(|alias| Api::new(alias, overrides)).collect(),
        }
    }

    /// The profile for the cookies of the answer.
    ///
    /// An `Origin` counts by its site, `null` and what is malformed as of another one. Without it `Sec-Fetch-Site`
    /// counts where it says something, and else the caller is as one of the API's site. A caller of another site to
    /// which no cookie can pass gets the same-site profile: the browser drops either.
    ///
    /// A page at one of the API's own origins of which the browser says that it calls its own origin is of that one, whatever
    /// `Host` a proxy between them has written. But cookies are read by the `Host` alone, so where the page's origin would
    /// have them under other names (an https page, an http `Host`), they are those of the origin that was called.
    pub fn choose(&self, caller: &Caller<'_>) -> &CookieProfile {
        self.choice(caller).1
    }

    /// The cookies to expire beside the one with this path that [`Profiles::choose`] gives the answer; see
    /// [`CookieProfile::stale_variants`].
    pub fn stale_variants<'a>(
        &'a self,
        caller: &Caller<'_>,
        path: &'a str,
        former: &'a FormerScopes,
        received: impl Fn(CookiePrefix) -> usize,
    ) -> Vec<CookieAttributes<'a>> {
        let (api, profile) = self.choice(caller);
        let living = [Some(&api.same_site), api.cross_site.as_ref()];
        let living: Vec<_> = living.into_iter().flatten().map(|profile| profile.attributes(path)).collect();
        profile.stale_variants(&api.origin, path, &living, former, received)
    }

    fn choice(&self, caller: &Caller<'_>) -> (&Api, &CookieProfile) {
        let called = self.called(caller.host);
        let own_page = caller.origin.filter(|_| caller.fetch_site == FetchSite::SameOrigin);
        let page_of = |origin: &[u8]| self.own().find(|api| api.text.as_bytes() == origin);
        if let Some(page) = own_page.and_then(page_of) {
            let api = if page.names_cookies_like(called) { page } else { called };
            return (api, &api.same_site);
        }
        let cross_site = match (caller.origin, caller.fetch_site) {
            (Some(origin), _) => Site::of_text(origin) != Some(Site::of(&called.origin)),
            (None, fetch_site) => fetch_site == FetchSite::CrossSite,
        };
        match &called.cross_site {
            Some(profile) if cross_site => (called, profile),
            _ => (called, &called.same_site),
        }
    }

    /// The profile for frontends of the API's own site, for a request with this `Host`. The names of its cookies are those of
    /// every profile that is chosen for such a request.
    pub fn of_api(&self, host: Option<&[u8]>) -> &CookieProfile {
        &self.called(host).same_site
    }

    /// The origin by which a request with this `Host` called the API: of its own origins the first that fits, and
    /// the public one if none does.
    pub fn origin(&self, host: Option<&[u8]>) -> &Origin {
        &self.called(host).origin
    }

    /// Whether a request with this `Host` calls the API by one of its own origins. By any other name it is answered as by the
    /// public one, while browsers keep the cookies under the name that they called.
    pub fn is_own(&self, host: &[u8]) -> bool {
        self.own().any(|api| api.is_called_by(host))
    }

    fn called(&self, host: Option<&[u8]>) -> &Api {
        let Some(host) = host else { return &self.public };
        self.own().find(|api| api.is_called_by(host)).unwrap_or(&self.public)
    }

    fn own(&self) -> impl Iterator<Item = &Api> {
        std::iter::once(&self.public).chain(&self.aliases)
    }
}

impl Api {
    fn new(origin: &Origin, overrides: &CookieOverrides) -> Self {
        Self {
            origin: origin.clone(),
            text: origin.to_string().into(),
            same_site: CookieProfile::for_same_site(origin, overrides),
            cross_site: CookieProfile::for_cross_site(origin, overrides),
        }
    }

    fn names_cookies_like(&self, other: &Self) -> bool {
        // The prefix for the path `/` is the strongest, from which those for other paths follow.
        self.same_site.prefix("/") == other.same_site.prefix("/")
    }

    fn is_called_by(&self, host: &[u8]) -> bool {
        is_called_by(&self.text, host)
    }
}

/// Whether a request with this `Host` calls the origin with this text. Hosts are compared in any case (RFC 9110,
/// section 4.2.3); other clients than browsers write the default port.
pub(crate) fn is_called_by(origin: &str, host: &[u8]) -> bool {
    // What browsers send as `Host`: the origin without its scheme.
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let default_port: &[u8] = if scheme == "https" { b":443" } else { b":80" };
    let authority = authority.as_bytes();
    host.eq_ignore_ascii_case(authority)
        || host.strip_suffix(default_port).is_some_and(|host| host.eq_ignore_ascii_case(authority))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Topology;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    fn profiles(own: &[&str]) -> Profiles {
        let own: Vec<_> = own.iter().map(|text| origin(text)).collect();
        Profiles::new(&own[0], &own[1..], &CookieOverrides::default())
    }

    fn shown(profile: &CookieProfile) -> &'static str {
        match (profile.is_partitioned(), profile.is_secure()) {
            (true, _) => "cross-site",
            (false, true) => "secure",
            (false, false) => "plain",
        }
    }

    #[test]
    fn the_origin_decides_then_the_fetch_metadata_and_the_host_picks_among_the_apis_own() {
        let public =
            profiles(&["https://api.example.com", "https://api.example.org", "http://10.0.0.7:5000"]);
        let here = profiles(&["http://localhost:5000", "http://127.0.0.1:5000", "http://[::1]:5000"]);
        use FetchSite::{Absent, CrossSite, None as User, SameOrigin, SameSite, Unknown};
        let (com, org) = ("api.example.com", "api.example.org");
        for (profiles, host, origin, fetch_site, expected) in [
            (&public, com, Some("https://app.example.com"), Absent, "secure"),
            (&public, com, Some("https://api.example.com"), Absent, "secure"),
            (&public, com, Some("https://app.example.org"), Absent, "cross-site"),
            (&public, com, Some("http://app.example.com"), Absent, "cross-site"),
            (&public, com, Some("https://app.example.com:8443"), Absent, "secure"),
            (&public, org, Some("https://app.example.org"), Absent, "secure"),
            (&public, org, Some("https://app.example.com"), Absent, "cross-site"),
            (&public, "API.example.org:443", Some("https://app.example.org"), Absent, "secure"),
            (&public, "api.example.org:80", Some("https://app.example.org"), Absent, "cross-site"),
            (&public, "unknown.example", Some("https://app.example.com"), Absent, "secure"),
            (&public, "10.0.0.7:5000", Some("http://10.0.0.7:5173"), Absent, "plain"),
            (&public, "10.0.0.7:5000", Some("https://app.example.com"), Absent, "plain"),
            // The origin is the stronger witness.
            (&public, com, Some("https://app.example.com"), CrossSite, "secure"),
            (&public, com, Some("https://app.example.org"), SameOrigin, "cross-site"),
            (&public, com, Some("https://api.example.org"), SameOrigin, "secure"),
            (&public, com, Some("https://api.example.org"), CrossSite, "cross-site"),
            (&public, com, Some("https://api.example.org"), Absent, "cross-site"),
            (&public, com, Some("null"), SameOrigin, "cross-site"),
            (&public, com, Some("nonsense"), Absent, "cross-site"),
            (&public, com, None, Absent, "secure"),
            (&public, com, None, Unknown, "secure"),
            (&public, com, None, User, "secure"),
            (&public, com, None, SameOrigin, "secure"),
            (&public, com, None, SameSite, "secure"),
            (&public, com, None, CrossSite, "cross-site"),
            (&public, "10.0.0.7:5000", None, CrossSite, "plain"),
            (&here, "localhost:5000", Some("http://localhost:5173"), Absent, "plain"),
            (&here, "127.0.0.1:5000", Some("http://127.0.0.1:5173"), Absent, "plain"),
            (&here, "[::1]:5000", Some("http://[::1]:5173"), Absent, "plain"),
            (&here, "localhost:5000", Some("http://127.0.0.1:5173"), Absent, "cross-site"),
            (&here, "[::1]:5000", Some("http://localhost:5173"), Absent, "cross-site"),
            (&here, "localhost", Some("http://localhost:5173"), Absent, "plain"),
        ] {
            let caller =
                Caller { host: Some(host.as_bytes()), origin: origin.map(str::as_bytes), fetch_site };
            assert_eq!(shown(profiles.choose(&caller)), expected, "{caller:?} {host} {origin:?}");
        }
    }

    #[test]
    fn without_a_host_the_public_origin_was_called() {
        let profiles = profiles(&["https://api.example.com", "https://api.example.org"]);
        assert_eq!(profiles.origin(None), &origin("https://api.example.com"));
        assert_eq!(profiles.origin(Some(b"api.example.org")), &origin("https://api.example.org"));
        assert_eq!(profiles.origin(Some(b"\xff")), &origin("https://api.example.com"));
        assert!(profiles.is_own(b"API.example.org:443") && !profiles.is_own(b"api.example.net"));
    }

    proptest! {
        #[test]
        fn a_choice_agrees_with_the_topology_and_never_panics(
            near in any::<bool>(),
            https in any::<bool>(),
            label in "[a-z0-9]{1,20}",
            port in prop::option::of(1024..=u16::MAX),
            noise in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let profiles = profiles(&["https://api.example.com"]);
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let (scheme, domain) = (if https { "https" } else { "http" }, if near { "com" } else { "org" });
            let text = format!("{scheme}://{label}.example.{domain}{port}");
            let caller = Caller { host: None, origin: Some(text.as_bytes()), fetch_site: FetchSite::Absent };
            let topology = Topology::between(&origin("https://api.example.com"), &origin(&text));
            prop_assert_eq!(profiles.choose(&caller).is_partitioned(), topology.is_cross_site());
            profiles.choose(&Caller { host: Some(&noise), origin: Some(&noise), ..caller });
        }
    }
}
