//! `[server]`: where the API listens, and where it lives for browsers.

use std::net::IpAddr;
use std::time::Duration;

use concierge_origins::Origin;
use concierge_web::Network;

use super::environment::Environment;
use super::locations;
use super::parse::{parsed, seconds, whole};
use super::reader::{Read, Reader};

/// Where the API listens and where it lives.
#[derive(Clone, Debug)]
pub struct Server {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on; 0 takes any free one.
    pub port: u16,
    /// The API's own origin. Always set in production.
    pub public_url: Option<Origin>,
    /// Further origins of this same API.
    pub aliases: Vec<Origin>,
    /// The proxies whose `X-Forwarded-For` is believed; with none, every address is that of the connection.
    pub trusted_proxies: Vec<Network>,
    /// Threads that answer requests, at most 1024; 0 takes one for each core.
    pub workers: usize,
    /// How long after SIGTERM the server serves on but is not ready and keeps no connection, at most an hour.
    pub drain_delay: Duration,
    /// How long a stop waits for the requests under way, at most an hour.
    pub shutdown_timeout: Duration,
}

impl Server {
    pub(super) fn read(reader: &mut Reader, public_url: Read<Option<Origin>>) -> Read<Self> {
        let host = reader.required("server.host", parsed(address));
        let port = reader.required("server.port", whole(0..=u16::MAX));
        let aliases = reader.list("server.aliases", locations::origin);
        let trusted_proxies = reader.list("server.trusted_proxies", network);
        if let (Ok(Some(url)), Ok([])) = (&public_url, trusted_proxies.as_deref())
            && url.is_https()
            && reader.environment().is_production()
        {
            reader.warn(format!(
                "server.trusted_proxies is empty while {url} is https, which takes a proxy: all clients count as one address, \
                 the proxy's, and share its rate limits; name the proxy there"
            ));
        }
        let workers = reader.required("server.workers", whole(0..=1024));
        let drain_delay = reader.required("server.drain_delay", seconds(0..=3600));
        let shutdown_timeout = reader.required("server.shutdown_timeout", seconds(0..=3600));
        Ok(Self {
            host: host?,
            port: port?,
            public_url: public_url?,
            aliases: aliases?,
            trusted_proxies: trusted_proxies?,
            workers: workers?,
            drain_delay: drain_delay?,
            shutdown_timeout: shutdown_timeout?,
        })
    }
}

impl Server {
    /// Where the API lives, for a server that listens on `port`: what the settings say, or else this machine.
    pub fn lives_at(&self, port: u16) -> Option<Origin> {
        self.public_url.clone().or_else(|| this_machine(port))
    }

    /// Where it listens, as its own machine calls it; `None` for any free port.
    pub fn listener(&self) -> Option<Origin> {
        // An origin has no IPv4 address in the form of IPv6.
        let host = match self.host.to_canonical() {
            IpAddr::V4(host) if host.is_unspecified() => "127.0.0.1".to_owned(),
            IpAddr::V4(host) => host.to_string(),
            IpAddr::V6(host) if host.is_unspecified() => "[::1]".to_owned(),
            IpAddr::V6(host) => format!("[{host}]"),
        };
        let port = match self.port {
            0 => return None,
            80 => String::new(),
            port => format!(":{port}"),
        };
        Origin::parse(&format!("http://{host}{port}")).ok()
    }

    /// The API's own origins, the one where it lives first. Where people develop, the names of the loopback host are one.
    pub fn own_origins(&self, environment: Environment) -> Vec<Origin> {
        self.lives_at(self.port)
            .map(|public_url| self.own_origins_at(&public_url, environment))
            .unwrap_or_default()
    }

    /// The same for an API that lives at `public_url`.
    pub fn own_origins_at(&self, public_url: &Origin, environment: Environment) -> Vec<Origin> {
        all_names(public_url, &self.aliases, environment)
    }
}

/// Where an API lives that listens on `port` and of which nothing else is said.
pub(super) fn this_machine(port: u16) -> Option<Origin> {
    let here = if port == 80 { "http://localhost".to_owned() } else { format!("http://localhost:{port}") };
    Origin::parse(&here).ok()
}

/// An API's own origins, the public one first.
pub(super) fn all_names(public_url: &Origin, aliases: &[Origin], environment: Environment) -> Vec<Origin> {
    let named = std::iter::once(public_url).chain(aliases).cloned();
    if environment.is_production() {
        return named.collect();
    }
    let own: Vec<_> = named.collect();
    let aliases: Vec<_> =
        own.iter().flat_map(Origin::loopback_aliases).filter(|alias| !own.contains(alias)).collect();
    own.into_iter().chain(aliases).collect()
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "expected an IP address to listen on, such as 127.0.0.1 or ::1".to_owned())
}

fn network(text: &str) -> Result<Network, String> {
    text.parse().map_err(|error: concierge_web::NetworkError| error.to_string())
}

/// `server.public_url`, read on its own because the cookies depend on it, whatever else is wrong with `[server]`.
pub(super) fn public_url(reader: &mut Reader) -> Read<Option<Origin>> {
    let public_url = reader.optional("server.public_url", parsed(locations::origin))?;
    match &public_url {
        None if reader.environment().is_production() => Err(reader.missing(
            "server.public_url",
            "production requires the origin where browsers reach this API, such as https://api.example.com",
        )),
        Some(url) if reader.environment().is_production() && locations::is_exposed(url) => {
            reader.warn(format!(
                "server.public_url = {url} is http: passwords and tokens cross the network readable to anyone on the way"
            ));
            Ok(public_url)
        }
        _ => Ok(public_url),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::super::Environment;
    use super::super::support::{faults, production, settings, with};

    #[test]
    fn the_server_listens_where_it_is_told() {
        let server = with(&[("SERVER__HOST", "::1"), ("SERVER__PORT", "0")]).unwrap().server;
        assert_eq!(server.host, Ipv6Addr::LOCALHOST);
        assert_eq!(server.port, 0);
    }

    #[test]
    fn a_host_is_an_address_and_a_port_fits_sixteen_bits() {
        let faults = faults(&[("SERVER__HOST", "localhost"), ("SERVER__PORT", "65536")]);
        let host = "server.host = \"localhost\" (from CONCIERGE__SERVER__HOST): expected an IP address to listen on, \
                    such as 127.0.0.1 or ::1";
        let port =
            "server.port = \"65536\" (from CONCIERGE__SERVER__PORT): expected a whole number from 0 to 65535";
        assert_eq!(faults, [host, port]);
    }

    #[test]
    fn the_machine_itself_calls_the_server_by_where_it_listens() {
        for (host, called) in [
            ("127.0.0.1", "http://127.0.0.1:5000"),
            ("0.0.0.0", "http://127.0.0.1:5000"),
            ("::", "http://[::1]:5000"),
            ("::ffff:127.0.0.1", "http://127.0.0.1:5000"),
            ("::ffff:0.0.0.0", "http://127.0.0.1:5000"),
        ] {
            let server = with(&[("SERVER__HOST", host)]).unwrap().server;
            assert_eq!(server.listener().unwrap().to_string(), called, "{host}");
        }
    }

    #[test]
    fn only_production_requires_a_public_url() {
        assert!(with(&[]).unwrap().server.public_url.is_none());
        let error =
            settings(Environment::Production, &[("TOKENS__SECRET", "0123456789abcdef0123456789abcdef")]);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("server.public_url (not set): production requires"), "{error}");
    }

    #[test]
    fn a_public_url_is_an_origin_and_nothing_more() {
        for url in ["https://api.example.com/", "https://api.example.com/v1", "api.example.com", "*"] {
            assert_eq!(faults(&[("SERVER__PUBLIC_URL", url)]).len(), 1, "{url}");
        }
        let url = with(&[("SERVER__PUBLIC_URL", "https://api.example.com:8443")]).unwrap().server.public_url;
        assert_eq!(url.unwrap().to_string(), "https://api.example.com:8443");
    }

    #[test]
    fn http_in_production_warns_unless_it_stays_on_the_machine() {
        let warnings = |url| {
            let frontend = ("ORIGINS__ALLOWED", "http://app.example.com");
            let warnings = production(&[("SERVER__PUBLIC_URL", url), frontend]).unwrap().warnings;
            warnings
                .into_iter()
                .filter(|warning| warning.starts_with("server.public_url"))
                .collect::<Vec<_>>()
        };
        assert_eq!(warnings("http://api.example.com").len(), 1);
        assert_eq!(warnings("http://localhost:5000"), [""; 0]);
        assert_eq!(warnings("https://api.example.com"), [""; 0]);
    }

    #[test]
    fn each_bad_alias_is_a_fault_of_its_own() {
        let faults =
            faults(&[("SERVER__ALIASES", "https://a.example.com, nonsense, https://b.example.com/x")]);
        assert_eq!(faults.len(), 2);
        assert!(faults[0].starts_with("server.aliases = \"nonsense\" (from CONCIERGE__SERVER__ALIASES): "));
    }

    #[test]
    fn trusted_proxies_are_addresses_and_networks_and_none_unless_named() {
        assert_eq!(with(&[]).unwrap().server.trusted_proxies, []);
        let server = with(&[("SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1")]).unwrap().server;
        let shown: Vec<_> = server.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.0/8", "::1/128"]);
    }

    #[test]
    fn https_without_a_trusted_proxy_warns_in_production() {
        let about_proxies = |warnings: Vec<String>| {
            let key = "server.trusted_proxies";
            warnings.into_iter().filter(|warning| warning.starts_with(key)).collect::<Vec<_>>()
        };
        let warnings = |url, proxies| {
            let variables = [("SERVER__PUBLIC_URL", url), ("SERVER__TRUSTED_PROXIES", proxies)];
            about_proxies(production(&variables).unwrap().warnings)
        };
        let https = "https://api.example.com";
        assert!(
            warnings(https, "")[0]
                .starts_with("server.trusted_proxies is empty while https://api.example.com")
        );
        assert_eq!(warnings(https, "10.0.0.1"), [""; 0]);
        assert_eq!(warnings("http://localhost:5000", ""), [""; 0]);
        assert_eq!(about_proxies(with(&[("SERVER__PUBLIC_URL", https)]).unwrap().warnings), [""; 0]);
    }

    #[test]
    fn each_bad_proxy_is_a_fault_of_its_own_that_names_the_remedy() {
        let faults = faults(&[("SERVER__TRUSTED_PROXIES", "proxy.local, ::1, 10.1.0.0/8, 0.0.0.0/0")]);
        assert_eq!(faults.len(), 3, "{faults:?}");
        let whole = "server.trusted_proxies = \"proxy.local\" (from CONCIERGE__SERVER__TRUSTED_PROXIES): expected an IP \
                     address such as 10.0.0.7 or a network such as 10.0.0.0/8";
        assert_eq!(faults[0], whole);
        assert!(faults[1].contains("write 10.0.0.0/8"), "{faults:?}");
        assert!(faults[2].contains("trusts everybody"), "{faults:?}");
    }
}
