//! Asks one thing after another, and gathers what is wrong.

use concierge_origins::{Origin, Severity};
use concierge_probe::{Answer, ProbeError, Request};

use super::asks::{ASKS, Ask, GET_COOKIE, LOGOUT, PUBLIC, SET_COOKIE};
use super::trouble::Trouble;
use super::{judge, set_cookie};
use crate::causes::chain;
use crate::doctor::report::{CookieReport, FrontendReport, Report};

/// So many requests in a row may wait in vain.
const PATIENCE: u32 = 3;

/// An origin that nobody can have (RFC 2606).
const STRANGER: &str = "https://stranger.invalid";

/// What takes a request to the API's origin and brings the answer.
pub(crate) type Send<'a> = &'a dyn Fn(&Origin, &Request) -> Result<Answer, ProbeError>;

/// Asks deployments.
pub(crate) struct Examiner<'a> {
    send: Send<'a>,
}

/// How it went when a deployment was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course {
    /// How many requests were sent.
    pub(crate) asked: usize,
    /// What is wrong, in the order in which it was seen.
    pub(crate) symptoms: Vec<Symptom>,
}

/// A trouble, and the requests whose answers show it.
#[derive(Clone, Debug)]
pub(crate) struct Symptom {
    pub(crate) trouble: Trouble,
    pub(crate) at: Vec<String>,
}

impl Course {
    /// Whether there is nothing but doubts.
    pub(crate) fn went_well(&self) -> bool {
        self.symptoms.len() == self.doubts()
    }

    /// How many doubts there are.
    pub(crate) fn doubts(&self) -> usize {
        let severities = self.symptoms.iter().map(|symptom| symptom.trouble.severity());
        severities.filter(|severity| *severity == Severity::Doubtful).count()
    }

    fn note(&mut self, ask: &Ask, trouble: Trouble) {
        let at = ask.name();
        match self.symptoms.iter_mut().find(|symptom| symptom.trouble == trouble) {
            Some(symptom) if symptom.at.contains(&at) => {}
            Some(symptom) => symptom.at.push(at),
            None => self.symptoms.push(Symptom { trouble, at: vec![at] }),
        }
    }

    /// Whether something before the API says of its own with whom answers are shared.
    fn has_other_words(&self) -> bool {
        let other = |trouble: &Trouble| {
            matches!(trouble, Trouble::Duplicated { .. } | Trouble::SharedWithOther { .. })
        };
        self.symptoms.iter().any(|symptom| other(&symptom.trouble))
    }

    /// Whether asking on is of no use.
    fn is_hopeless(&self) -> bool {
        let hopeless = |trouble: &Trouble| is_of_the_api(trouble) || *trouble == Trouble::UnknownOrigin;
        self.symptoms.iter().any(|symptom| hopeless(&symptom.trouble))
    }

    /// That asking was of no use, for whoever else would ask there.
    fn hopeless_for_all(&self) -> Option<Self> {
        let symptom = self.symptoms.iter().find(|symptom| is_of_the_api(&symptom.trouble))?;
        Some(Self { asked: 0, symptoms: vec![symptom.clone()] })
    }
}

impl<'a> Examiner<'a> {
    pub(crate) fn new(send: Send<'a>) -> Self {
        Self { send }
    }

    /// Asks for each frontend of the report, and notes there how it went. What cannot be asked for one is not asked again
    /// for the next.
    pub(crate) fn examine(&self, report: &mut Report) {
        let mut hopeless: Vec<(Origin, Course)> = Vec::new();
        for frontend in &mut report.frontends {
            let known =
                hopeless.iter().find(|(api, _)| *api == frontend.api).map(|(_, course)| course.clone());
            let course = known.unwrap_or_else(|| self.ask_as(frontend));
            hopeless.extend(course.hopeless_for_all().map(|course| (frontend.api.clone(), course)));
            frontend.course = Some(course);
        }
    }

    fn ask_as(&self, frontend: &FrontendReport) -> Course {
        let mut visit = Visit { send: self.send, frontend, course: Course::default(), in_vain: 0 };
        for ask in &ASKS {
            visit.ask(ask, &frontend.page, None);
        }
        visit.ask_for_cookies();
        visit.ask_twice();
        visit.course
    }
}

/// One frontend's questions.
struct Visit<'a> {
    send: Send<'a>,
    frontend: &'a FrontendReport,
    course: Course,
    /// How many requests have waited in vain since something came.
    in_vain: u32,
}

impl Visit<'_> {
    /// Asks, and notes what is wrong with the answer to a page that may call.
    fn ask(&mut self, ask: &Ask, page: &Origin, cookie: Option<&str>) -> Option<Answer> {
        let (id, answer) = self.send(ask, page, cookie)?;
        for trouble in judge::judge(ask, page, &id, &answer) {
            self.course.note(ask, trouble);
        }
        Some(answer)
    }

    fn send(&mut self, ask: &Ask, page: &Origin, cookie: Option<&str>) -> Option<(String, Answer)> {
        if self.course.is_hopeless() {
            return None;
        }
        self.course.asked += 1;
        let id = format!("doctor-{}", self.course.asked);
        let mut request = ask.request(page, &id);
        request.headers.extend(cookie.map(|pair| ("Cookie".to_owned(), pair.as_bytes().to_vec())));
        let answered = (self.send)(&self.frontend.api, &request);
        let in_vain = answered.as_ref().is_err_and(ProbeError::is_too_slow);
        self.in_vain = if in_vain { self.in_vain + 1 } else { 0 };
        match answered {
            Ok(answer) => Some((id, answer)),
            Err(error) => {
                self.course.note(ask, self.no_answer(&error));
                None
            }
        }
    }

    /// Who says nothing to the first request is not there; who falls silent later may be slow a few times.
    fn no_answer(&self, error: &ProbeError) -> Trouble {
        let told = chain(error);
        match self.in_vain {
            _ if error.is_unreachable() => Trouble::Unreachable(told),
            1 if self.course.asked == 1 => Trouble::Unreachable(told),
            PATIENCE.. => Trouble::Silent(told),
            _ => Trouble::NoAnswer(told),
        }
    }

    /// Has every cookie set or expired, which takes the same attributes, and one of them come back.
    fn ask_for_cookies(&mut self) {
        let frontend = self.frontend;
        let (visitor, others): (Vec<&CookieReport>, Vec<_>) =
            frontend.cookies.iter().partition(|cookie| cookie.base_name == "visitor");
        if let Some(answer) = self.ask(&LOGOUT, &frontend.page, None) {
            self.compare(&LOGOUT, &others, &answer);
        }
        let Some(answer) = self.ask(&SET_COOKIE, &frontend.page, None) else { return };
        self.compare(&SET_COOKIE, &visitor, &answer);
        let Some(pair) = set_cookie::pair("visitor", &answer) else { return };
        let Some((id, answer)) = self.send(&GET_COOKIE, &frontend.page, Some(pair)) else { return };
        for trouble in judge::judge(&GET_COOKIE, &frontend.page, &id, &answer) {
            let no_cookie = matches!(trouble, Trouble::OtherStatus { status: 404, .. });
            self.course.note(&GET_COOKIE, if no_cookie { Trouble::CookieNotReturned } else { trouble });
        }
    }

    /// Judges cookies only of an answer that the API gave: of another their absence follows.
    fn compare(&mut self, ask: &Ask, cookies: &[&CookieReport], answer: &Answer) {
        if answer.status != ask.status {
            return;
        }
        for trouble in cookies.iter().filter_map(|cookie| set_cookie::judge(cookie, answer)) {
            self.course.note(ask, trouble);
        }
    }

    /// Asks for one thing as two origins: what the second gets is not the first's.
    fn ask_twice(&mut self) {
        let frontend = self.frontend;
        self.ask(&PUBLIC, &frontend.page, None);
        let Ok(stranger) = Origin::parse(STRANGER) else { return };
        let Some((_, answer)) = self.send(&PUBLIC, &stranger, None) else { return };
        let trouble = match judge::shared_with(&answer) {
            // A proxy that always says the same of origins is told of already.
            Some(_) if self.course.has_other_words() => return,
            Some(shared) if shared == frontend.page.to_string() => {
                Trouble::SharedCopy { origin: frontend.page.to_string() }
            }
            Some(shared) if shared == STRANGER => {
                Trouble::SharedWithStranger { stranger: STRANGER.to_owned() }
            }
            _ => return,
        };
        self.course.note(&PUBLIC, trouble);
    }
}

/// Whether it is nobody's in particular that asking on is of no use.
fn is_of_the_api(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Unreachable(_) | Trouble::Silent(_))
}
