//! A deployment that is made up.

use std::cell::RefCell;

use concierge_kernel::Entropy;

use crate::http::{Answer, NoAnswer, Request, Transport};

/// Answers by a function, and remembers what it was asked.
pub(crate) struct Fake<F> {
    answer: F,
    pub(crate) asked: RefCell<Vec<Request>>,
}

impl<F: Fn(&Request) -> Result<Answer, NoAnswer>> Fake<F> {
    pub(crate) fn new(answer: F) -> Self {
        Self { answer, asked: RefCell::default() }
    }
}

impl<F: Fn(&Request) -> Result<Answer, NoAnswer>> Transport for Fake<F> {
    fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        self.asked.borrow_mut().push(request.clone());
        (self.answer)(request)
    }
}

/// Randomness that is none.
pub(crate) struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Answer { status, headers: headers.collect(), body: body.as_bytes().to_vec() }
}
