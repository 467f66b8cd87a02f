//! Why a rule lets a request go on or stops it, in sentences.

use crate::{Decision, Distrust, OriginHeader, Stranger, Trust};

pub(super) fn who_asks(origin: OriginHeader<'_>) -> String {
    match origin {
        OriginHeader::Absent => {
            "there is no Origin: no browser, or a page of the API's own that only reads".to_owned()
        }
        OriginHeader::One(Decision::Own) => "the Origin is one of the API's own".to_owned(),
        OriginHeader::One(Decision::Allowed) => "the Origin is in origins.allowed".to_owned(),
        OriginHeader::One(Decision::Refused(refused)) => {
            format!("the Origin may not call: {}", refused.explain())
        }
        OriginHeader::Several => "there are several Origin headers, where browsers send one".to_owned(),
    }
}

pub(super) fn why(stranger: Stranger<'_>) -> String {
    match stranger {
        Stranger::Origin(refused) => {
            let refusal = refused.explain();
            format!(
                "the origin is not let in (add it to origins.allowed if it is one of your frontends): {refusal}"
            )
        }
        Stranger::SeveralOrigins => "it has several Origin headers, where browsers send one".to_owned(),
    }
}

pub(super) fn why_distrusted(distrust: Distrust<'_>) -> String {
    match distrust {
        Distrust::Origin(refused) => why(Stranger::Origin(refused)),
        Distrust::SeveralOrigins => why(Stranger::SeveralOrigins),
        Distrust::FetchSite(_) => format!("{distrust}; call from a page of an allowed origin, by fetch"),
    }
}

pub(super) fn why_trusted(trust: Trust) -> &'static str {
    match trust {
        Trust::Public => "there is nothing to misuse on its path",
        Trust::ReadsOnly => "it changes nothing",
        Trust::Bearer => "it shows a Bearer, which no browser adds by itself",
        Trust::OwnOrigin => "it comes from one of the API's own origins",
        Trust::AllowedOrigin => "it comes from an origin that may call",
        Trust::SameOrigin => "it comes from a page of the API's own, as Sec-Fetch-Site says",
        Trust::User => "it comes from the user, as Sec-Fetch-Site says",
        Trust::NoBrowser => "it has neither Origin nor Sec-Fetch-Site, so no browser of today sent it",
    }
}
