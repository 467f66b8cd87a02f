//! What is known while a row runs: who is asked, in whose name, with which session.

use concierge_kernel::Entropy;
use concierge_origins::Origin;

use crate::account::{Account, BearerSession, CookieSession, random, random_username};
use crate::cookie::SetCookie;
use crate::fill::fill;
use crate::http::{Answer, Request};
use crate::row::{Ask, Body};

/// An origin that nobody lists: the name is reserved (RFC 2606).
const STRANGER: &str = "https://stranger.example";

/// Everything that placeholders may stand for.
pub(crate) struct Scene<'a> {
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) own: &'a Origin,
    pub(crate) origin: Option<&'a Origin>,
    pub(crate) account: Option<&'a Account>,
    pub(crate) session: Option<CookieSession>,
    pub(crate) tokens: Option<BearerSession>,
    /// What earlier requests of the row have set, after what the session's login has.
    pub(crate) cookies: Vec<SetCookie>,
}

impl Scene<'_> {
    /// The request that is asked for, filled.
    pub(crate) fn request(&self, ask: &Ask) -> Result<Request, String> {
        let fill = |text: &str| fill(text, |name, argument| self.value(name, argument));
        let headers = ask.headers.iter().map(|(name, value)| Ok((name.clone(), fill(value)?)));
        let body = match &ask.body {
            None => None,
            Some(Body::Text(text)) => Some(fill(text)?.into_bytes()),
            Some(Body::Fill { fill }) => Some(vec![b'a'; *fill]),
        };
        let headers = headers.collect::<Result<_, String>>()?;
        Ok(Request { method: fill(&ask.method)?, path: fill(&ask.path)?, headers, body })
    }

    /// An expectation's text, filled with the answer at hand.
    pub(crate) fn expected(&self, text: &str, answer: &Answer) -> Result<String, String> {
        fill(text, |name, argument| match (name, argument) {
            ("answer", Some(header)) => answer.values(header).next().map(str::to_owned),
            _ => self.value(name, argument),
        })
    }

    fn value(&self, name: &str, argument: Option<&str>) -> Option<String> {
        match (name, argument) {
            ("own", None) => Some(self.own.to_string()),
            ("stranger", None) => Some(STRANGER.to_owned()),
            ("new_username", None) => Some(random_username(self.entropy)),
            ("new_password", None) => Some(random(self.entropy)),
            ("username", None) => Some(self.account?.username.clone()),
            ("password", None) => Some(self.account?.password.clone()),
            ("csrf", None) => Some(self.session.as_ref()?.csrf.clone()),
            ("session_id", None) => Some(self.session.as_ref()?.id.clone()),
            ("access", None) => self.cookie("access_token").map(|cookie| cookie.value.clone()),
            ("refresh", None) => self.cookie("refresh_token").map(|cookie| cookie.value.clone()),
            ("bearer", None) => Some(self.tokens.as_ref()?.access.clone()),
            ("bearer_refresh", None) => Some(self.tokens.as_ref()?.refresh.clone()),
            ("cookie", Some(name)) => {
                self.cookie(name).map(|cookie| format!("{}={}", cookie.name, cookie.value))
            }
            (name, None) => of_origin(self.origin?, name),
            _ => None,
        }
    }

    /// The last value a cookie had, even if it was cleared since: somebody may have copied it.
    fn cookie(&self, base_name: &str) -> Option<&SetCookie> {
        let mut set = self.cookies.iter().rev().filter(|cookie| !cookie.is_cleared());
        set.find(|cookie| cookie.base_name() == base_name)
    }
}

/// An origin and its parts, to build its lookalikes from.
fn of_origin(origin: &Origin, name: &str) -> Option<String> {
    let text = origin.to_string();
    let (scheme, rest) = text.split_once("://")?;
    let value = match name {
        "origin" => &text,
        "origin_upper" => &text.to_ascii_uppercase(),
        "scheme" => scheme,
        "other_scheme" if origin.is_https() => "http",
        "other_scheme" => "https",
        "host" => origin.host_str(),
        "port" => rest.strip_prefix(origin.host_str())?,
        _ => return None,
    };
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::of_origin;
    use concierge_origins::Origin;

    #[test]
    fn an_origin_is_the_sum_of_its_parts() {
        for text in ["https://app.example.com", "http://localhost:5173", "http://[::1]:8080"] {
            let origin = Origin::parse(text).unwrap();
            let part = |name| of_origin(&origin, name).unwrap();
            assert_eq!(format!("{}://{}{}", part("scheme"), part("host"), part("port")), text);
            assert_eq!((part("origin").as_str(), part("origin_upper")), (text, text.to_uppercase()));
            assert_ne!(part("scheme"), part("other_scheme"));
        }
    }
}
