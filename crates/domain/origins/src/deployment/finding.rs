//! What is wrong with a deployment, as sentences for whoever runs it.

use std::fmt;

use crate::{Browser, CrossSiteOverHttp, DropReason, Origin, PatternWarning};

/// One thing that is wrong with a deployment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Finding {
    /// Whether the deployment may start with it.
    pub severity: Severity,
    /// What it is.
    pub problem: Problem,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works in some browsers or in some cases, or it works and is unwise.
    Doubtful,
    /// No login can work as it is set up: refuse to start.
    Impossible,
}

/// What a deployment suffers from. Displays as a sentence: what is wrong, for which frontend, and what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Browsers drop the API's cookies.
    #[error(
        "{} the cookies of {api}{}: {}",
        Droppers(browsers),
        For(frontend.as_deref()),
        Because { reason: *reason, secure_declined: *secure_declined }
    )]
    Dropped {
        /// The origin by which the API is called.
        api: Origin,
        /// The frontend or pattern that calls; `None` if it does not matter who does.
        frontend: Option<String>,
        /// Why.
        reason: DropReason,
        /// Whether `Secure`, which would help, is declined by hand.
        secure_declined: bool,
        /// Which browsers do so.
        browsers: Vec<Browser>,
    },
    /// Two of the API's origins that differ in their schemes alone.
    #[error(
        "browsers call {api} and {other} by one Host, so that the API cannot tell which of them was called, and their \
         cookies differ; name one of them and redirect the other to it, or give it another port"
    )]
    OneHostHeader {
        /// The first of them.
        api: Origin,
        /// The other.
        other: Origin,
    },
    /// An http API and a frontend of another site.
    #[error(transparent)]
    CrossSiteOverHttp(CrossSiteOverHttp),
    /// Two names of this machine, of which only Safari minds that they are two sites.
    #[error(
        "to browsers {frontend} and {api} are two sites, though one machine: Safari keeps no cookie between them, the \
         others keep them apart; open the page as {instead}, or name an alias of the API on the page's host"
    )]
    TwoNamesOfThisMachine {
        /// The API.
        api: Origin,
        /// The frontend or pattern.
        frontend: String,
        /// The frontend on the API's host.
        instead: String,
    },
    /// A page that other machines open, before an API that only this one finds.
    #[error(
        "{frontend} is opened from the network, where {api} is whatever machine opens it; on this one the two are of two \
         sites, between which Safari keeps no cookie; listen there by server.host, name \
         {instead} in server.aliases or as server.public_url, and call the API so"
    )]
    PageOfTheNetwork {
        /// The API.
        api: Origin,
        /// The frontend.
        frontend: String,
        /// The API on the frontend's host.
        instead: String,
    },
    /// An http page before an https API.
    #[error(
        "{frontend} is http: whoever is on the way can change the page and act as its user, and to Chrome it is of \
         another site than the API at {api}, even on the same domain; serve it over https"
    )]
    InsecurePage {
        /// The API.
        api: Origin,
        /// The frontend or pattern.
        frontend: String,
    },
    /// A pattern all of whose origins are of another site than the API.
    #[error(
        "{pattern} lets in pages of another site than the API at {api}, whose cookies browsers keep apart: {}; serve \
         the API below the domain of these pages, if they are its main frontends",
        if *many_sites { "a login on one of them does not hold on another" }
        else { "a login there does not hold on other frontends" }
    )]
    PatternOfAnotherSite {
        /// The API.
        api: Origin,
        /// The pattern.
        pattern: String,
        /// Whether each of its origins is a site of its own. Then the one that shares the API's host is not of
        /// another site.
        many_sites: bool,
    },
    /// A pattern that lets strangers in.
    #[error("{0}; give the pattern a domain that is yours")]
    Strangers(PatternWarning),
    /// `Secure` is declined where it could be.
    #[error(
        "the cookies of {api} travel over http as well, readable to anyone on the way; leave Secure to be derived"
    )]
    SecureDeclined {
        /// The API.
        api: Origin,
    },
    /// An API over http that others than this machine reach.
    #[error(
        "{api} is http: passwords and tokens cross the network readable to anyone on the way; serve the API over https"
    )]
    Readable {
        /// The API.
        api: Origin,
    },
}

/// What to change, first of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Where the API lives.
    PublicUrl,
    /// Where the API lives as well.
    Aliases,
    /// Which frontends may call.
    Allowed,
    /// `SameSite`.
    SameSite,
    /// `Secure`.
    Secure,
    /// `Domain`.
    Domain,
    /// `Partitioned`.
    Partitioned,
    /// The prefix.
    Prefix,
}

impl Finding {
    pub(super) fn impossible(problem: Problem) -> Self {
        Self { severity: Severity::Impossible, problem }
    }

    pub(super) fn doubtful(problem: Problem) -> Self {
        Self { severity: Severity::Doubtful, problem }
    }

    /// A word for programs. It stays the same from version to version.
    pub fn code(&self) -> &'static str {
        match &self.problem {
            Problem::Dropped { reason, .. } => reason.code(),
            Problem::OneHostHeader { .. } => "one_host_header",
            Problem::CrossSiteOverHttp(_) => "cross_site_over_http",
            Problem::TwoNamesOfThisMachine { .. } => "two_names_of_this_machine",
            Problem::PageOfTheNetwork { .. } => "page_of_the_network",
            Problem::InsecurePage { .. } => "insecure_page",
            Problem::PatternOfAnotherSite { .. } => "pattern_of_another_site",
            Problem::Strangers(_) => "pattern_lets_strangers_in",
            Problem::SecureDeclined { .. } => "secure_declined",
            Problem::Readable { .. } => "readable_on_the_way",
        }
    }

    /// Which setting the finding is about.
    pub fn subject(&self) -> Subject {
        match &self.problem {
            Problem::Dropped { secure_declined: true, .. } => Subject::Secure,
            Problem::Dropped { reason, .. } => match reason {
                DropReason::MixedContent => Subject::PublicUrl,
                DropReason::DomainMismatch | DropReason::PublicSuffixDomain => Subject::Domain,
                DropReason::HostPrefixWithDomain
                | DropReason::HostPrefixWithPath
                | DropReason::PrefixWithoutSecure
                | DropReason::PrefixOverHttp => Subject::Prefix,
                DropReason::PartitionedWithoutSecure
                | DropReason::PartitionedWithoutSameSiteNone
                | DropReason::BlockedThirdParty => Subject::Partitioned,
                DropReason::SameSiteNoneWithoutSecure | DropReason::SameSiteForbidsCrossSite => {
                    Subject::SameSite
                }
                DropReason::SecureOverHttp => Subject::Secure,
            },
            Problem::OneHostHeader { .. } => Subject::Aliases,
            Problem::SecureDeclined { .. } => Subject::Secure,
            Problem::Readable { .. } => Subject::PublicUrl,
            Problem::CrossSiteOverHttp(_)
            | Problem::TwoNamesOfThisMachine { .. }
            | Problem::PageOfTheNetwork { .. }
            | Problem::InsecurePage { .. }
            | Problem::PatternOfAnotherSite { .. }
            | Problem::Strangers(_) => Subject::Allowed,
        }
    }
}

/// "Safari drops", "Chrome and Firefox drop", "browsers drop".
struct Droppers<'a>(&'a [Browser]);

impl fmt::Display for Droppers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [one] => write!(f, "{one} drops"),
            [one, other] => write!(f, "{one} and {other} drop"),
            _ => f.write_str("browsers drop"),
        }
    }
}

/// Why they do, and what to change.
struct Because {
    reason: DropReason,
    secure_declined: bool,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = self.reason.to_string();
        match sentence.split_once("; ").filter(|_| self.secure_declined) {
            Some((rule, advice)) => write!(f, "{rule}, and Secure is declined; {advice}"),
            None => f.write_str(&sentence),
        }
    }
}

/// " for" and the frontend, or nothing.
struct For<'a>(Option<&'a str>);

impl fmt::Display for For<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |frontend| write!(f, " for {frontend}"))
    }
}
