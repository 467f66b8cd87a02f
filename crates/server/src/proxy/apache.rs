//! Apache httpd: a virtual host.

use concierge_origins::Origin;
use concierge_web::{API_PATHS, ApiPath};

use super::{LARGEST_BODY, Proxy};

pub(super) const PLACE: &[&str] = &[
    "Put it into /etc/apache2/sites-available/, and let `DocumentRoot` name the folder of the built frontend. On Debian:",
    "a2enmod headers proxy proxy_http ssl; a2ensite; and `Listen` with the port, unless ports.conf has it.",
];

/// A virtual host.
pub(super) fn configuration(proxy: &Proxy) -> String {
    let Proxy { frontend, upstream, .. } = proxy;
    let keep_host = if proxy.own_host().is_some() { "Off" } else { "On" };
    let passes: String = API_PATHS.iter().map(|path| pass(*path, upstream)).collect();
    format!(
        "<VirtualHost *:{port}>
    ServerName {frontend}{default_port}
{certificate}    DocumentRoot /var/www/app
    FallbackResource /index.html

    ProxyRequests Off
    # `Off` tells the API its own name, `On` the browser's.
    ProxyPreserveHost {keep_host}
    # The address alone: what clients say of theirs before is made up.
    ProxyAddHeaders Off
    RequestHeader set X-Forwarded-For \"expr=%{{REMOTE_ADDR}}\"
    ProxyErrorOverride Off
    AllowEncodedSlashes NoDecode
    LimitRequestBody {LARGEST_BODY}
    LimitRequestFieldSize 32768
{tls}
{passes}</VirtualHost>
",
        port = frontend.port(),
        // httpd takes a name without a port for one on any port.
        default_port = if frontend.to_string().ends_with(&format!(":{}", frontend.port())) {
            String::new()
        } else {
            format!(":{}", frontend.port())
        },
        certificate = certificate(frontend),
        tls = tls(upstream),
    )
}

fn certificate(frontend: &Origin) -> String {
    if !frontend.is_https() {
        return String::new();
    }
    let folder = format!("/etc/letsencrypt/live/{}", frontend.host_str());
    format!(
        "    SSLEngine On
    SSLCertificateFile {folder}/fullchain.pem
    SSLCertificateKeyFile {folder}/privkey.pem
"
    )
}

fn tls(upstream: &Origin) -> &'static str {
    if !upstream.is_https() {
        return "";
    }
    "    SSLProxyEngine On
    SSLProxyVerify require
    SSLProxyVerifyDepth 5
    SSLProxyCheckPeerName On
    SSLProxyCACertificateFile /etc/ssl/certs/ca-certificates.crt
"
}

/// `nocanon` hands the path over as it came.
fn pass(path: ApiPath, upstream: &Origin) -> String {
    let path = match path {
        ApiPath::Exact(path) => path.to_owned(),
        ApiPath::Below(path) => format!("{path}/"),
    };
    format!("    ProxyPass \"{path}\" \"{upstream}{path}\" nocanon\n")
}
