//! The credentials a request carries in headers of its own: a Bearer token, and the CSRF token.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderName};
use concierge_origins::is_bearer;

const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// What an `Authorization` header presents (RFC 6750, section 2.1).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Bearer<'a> {
    /// There is no header of the scheme Bearer.
    Absent,
    /// One token.
    Token(&'a str),
    /// Several headers, or one that is no token: whoever sent it meant a Bearer, so cookies do not count.
    Malformed,
}

/// Reads the Bearer token of a request. Headers of other schemes, such as a proxy's Basic, are none of ours.
pub(crate) fn bearer(request: &HttpRequest) -> Bearer<'_> {
    let mut found = Bearer::Absent;
    for value in request.headers().get_all(AUTHORIZATION) {
        if !is_bearer(value.as_bytes()) {
            continue;
        }
        let rest = &value.as_bytes().trim_ascii()["bearer".len()..];
        let token = std::str::from_utf8(rest.trim_ascii()).ok().filter(|token| is_token(token));
        found = match (found, token) {
            (Bearer::Absent, Some(token)) => Bearer::Token(token),
            _ => Bearer::Malformed,
        };
    }
    found
}

/// What a request presents as its session's CSRF token: its header `X-CSRF-Token`. Several are read as the list they make
/// (RFC 9110, section 5.3), which is no token.
pub(crate) fn csrf_token(request: &HttpRequest) -> Option<String> {
    let values = request.headers().get_all(X_CSRF_TOKEN);
    values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .reduce(|all, one| all + ", " + &one)
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn request(headers: &[(&'static str, &str)]) -> HttpRequest {
        let append = |request: TestRequest, header: &(&'static str, &str)| request.append_header(*header);
        headers.iter().fold(TestRequest::get(), append).to_http_request()
    }

    #[test]
    fn a_bearer_is_read_in_any_case_and_other_schemes_are_passed_over() {
        for value in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(bearer(&request(&[("Authorization", value)])), Bearer::Token("abc"), "{value}");
        }
        for value in ["Basic abc", "", "Bearerabc", "DPoP abc"] {
            assert_eq!(bearer(&request(&[("Authorization", value)])), Bearer::Absent, "{value}");
        }
        let both = request(&[("Authorization", "Basic abc"), ("Authorization", "Bearer def")]);
        assert_eq!(bearer(&both), Bearer::Token("def"));
    }

    #[test]
    fn an_empty_or_second_bearer_is_malformed_not_absent() {
        for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer é"] {
            assert_eq!(bearer(&request(&[("Authorization", value)])), Bearer::Malformed, "{value}");
        }
        let two = request(&[("Authorization", "Bearer a"), ("Authorization", "Bearer a")]);
        assert_eq!(bearer(&two), Bearer::Malformed);
    }

    #[test]
    fn the_csrf_token_is_the_header_as_it_stands_and_several_are_none() {
        let presented = |headers: &[(&'static str, &str)]| csrf_token(&request(headers));
        assert_eq!(presented(&[]), None);
        assert_eq!(presented(&[("X-CSRF-Token", "")]).as_deref(), Some(""));
        assert_eq!(presented(&[("x-csrf-token", "abc")]).as_deref(), Some("abc"));
        let twice = [("X-CSRF-Token", "abc"), ("X-CSRF-Token", "abc")];
        assert_eq!(presented(&twice).as_deref(), Some("abc, abc"));
    }
}
