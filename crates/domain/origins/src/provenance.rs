//! Whether a page of another site may be behind a request: the one rule of it, free of any server.
//!
//! Browsers add cookies to whatever any page sends, and then say whose page it was: in `Origin` with everything but
//! simple reads, and in `Sec-Fetch-Site` (W3C Fetch Metadata) with everything. A request that changes something
//! has to come from a page that may call; one with neither header comes from no browser, and nobody else has
//! cookies of a user to misuse.

use crate::{Decision, RefusedOrigin, Registry};

/// What of a request tells whether another site's page may be behind it.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    /// The method as it came: methods are case-sensitive (RFC 9110, section 9.1).
    pub method: &'a str,
    /// What the path is for.
    pub route: RouteKind,
    /// Whether an `Authorization: Bearer` came along, be it malformed: no browser adds one by itself, and cookies do
    /// not count beside it.
    pub bearer: bool,
    /// The `Origin` header.
    pub origin: OriginHeader<'a>,
    /// The `Sec-Fetch-Site` header.
    pub fetch_site: FetchSite,
}

/// What a path is for, as far as forged requests care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// It neither reads nor sets a cookie: there is nothing to misuse.
    Public,
    /// It changes something even when it is only read.
    ChangesWhenRead,
    /// Reading it changes nothing. Paths that lead nowhere are of this kind too.
    Ordinary,
}

/// The `Origin` header of a request, decided about.
#[derive(Clone, Copy, Debug)]
pub enum OriginHeader<'a> {
    /// There is none.
    Absent,
    /// There is one.
    One(Decision<'a>),
    /// There are several, where browsers send one.
    Several,
}

/// The `Sec-Fetch-Site` header of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchSite {
    /// There is none: an old browser, or no browser at all.
    Absent,
    /// `same-origin`: a page of the API's own.
    SameOrigin,
    /// `none`: the user, by the address bar or a bookmark.
    None,
    /// `same-site`: a page of a sibling, which may be anybody's.
    SameSite,
    /// `cross-site`: a page of another site.
    CrossSite,
    /// What no browser says today, an empty value and several headers included.
    Unknown,
}

/// Why a request may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// There is nothing to misuse on its path.
    Public,
    /// It changes nothing.
    ReadsOnly,
    /// It shows a Bearer, which no browser adds by itself.
    Bearer,
    /// It comes from one of the API's own origins.
    OwnOrigin,
    /// It comes from an origin that may call.
    AllowedOrigin,
    /// It comes from a page of the API's own, as `Sec-Fetch-Site` says.
    SameOrigin,
    /// It comes from the user, as `Sec-Fetch-Site` says.
    User,
    /// It says nothing of where it comes from, as no browser of today does.
    NoBrowser,
}

/// Why a request may have been forged by another site's page. Displays as a sentence for its client.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum Distrust<'a> {
    /// Its origin is neither the API's own nor allowed.
    #[error("its Origin may not call this API")]
    Origin(RefusedOrigin<'a>),
    /// It has several `Origin` headers.
    #[error("it has several Origin headers")]
    SeveralOrigins,
    /// It has no `Origin`, and its `Sec-Fetch-Site` is neither `same-origin` nor `none`.
    #[error("it has no Origin, and its Sec-Fetch-Site is neither same-origin nor none")]
    FetchSite(FetchSite),
}

impl Provenance<'_> {
    /// Whether the request changes something, so that somebody could gain by forging it.
    ///
    /// Safe are the methods that RFC 9110, section 9.2.1, defines so; any other, known or not, may change something.
    pub fn changes_something(&self) -> bool {
        match self.method {
            "GET" | "HEAD" => self.route == RouteKind::ChangesWhenRead,
            "OPTIONS" | "TRACE" => false,
            _ => true,
        }
    }
}

impl<'a> Provenance<'a> {
    /// Judges the request.
    ///
    /// # Errors
    /// Another site's page may be behind it.
    pub fn judge(&self) -> Result<Trust, Distrust<'a>> {
        if self.route == RouteKind::Public {
            return Ok(Trust::Public);
        }
        if !self.changes_something() {
            return Ok(Trust::ReadsOnly);
        }
        if self.bearer {
            return Ok(Trust::Bearer);
        }
        match (self.origin, self.fetch_site) {
            (OriginHeader::One(Decision::Own), _) => Ok(Trust::OwnOrigin),
            (OriginHeader::One(Decision::Allowed), _) => Ok(Trust::AllowedOrigin),
            (OriginHeader::One(Decision::Refused(refused)), _) => Err(Distrust::Origin(refused)),
            (OriginHeader::Several, _) => Err(Distrust::SeveralOrigins),
            (OriginHeader::Absent, FetchSite::Absent) => Ok(Trust::NoBrowser),
            (OriginHeader::Absent, FetchSite::SameOrigin) => Ok(Trust::SameOrigin),
            (OriginHeader::Absent, FetchSite::None) => Ok(Trust::User),
            (
                OriginHeader::Absent,
                site @ (FetchSite::SameSite | FetchSite::CrossSite | FetchSite::Unknown),
            ) => Err(Distrust::FetchSite(site)),
        }
    }
}

impl<'a> OriginHeader<'a> {
    /// Decides about the values of all `Origin` headers, each exactly as it came.
    pub fn read(registry: &'a Registry, mut values: impl Iterator<Item = &'a [u8]>) -> Self {
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(origin), None) => Self::One(registry.decide(origin)),
            (Some(_), Some(_)) => Self::Several,
        }
    }
}

impl FetchSite {
    /// Reads the values of all `Sec-Fetch-Site` headers: one token, in lower case (RFC 9651, section 3.3.4).
    pub fn read<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Self {
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(b"same-origin"), None) => Self::SameOrigin,
            (Some(b"none"), None) => Self::None,
            (Some(b"same-site"), None) => Self::SameSite,
            (Some(b"cross-site"), None) => Self::CrossSite,
            _ => Self::Unknown,
        }
    }
}
