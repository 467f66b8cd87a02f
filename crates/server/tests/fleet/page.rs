//! A page of the frontend, in a browser that keeps cookies.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::fleet::{Fleet, REPLICAS, answered_by};
use crate::support::{Jar, PASSWORD, Request, Response};

/// One user's page. Every request of it may be answered by another replica.
#[derive(Clone)]
pub(crate) struct Page {
    front: SocketAddr,
    pub(crate) jar: Jar,
    /// Who has answered so far.
    answered: BTreeSet<SocketAddr>,
}

impl Page {
    pub(crate) fn open(fleet: &Fleet) -> Self {
        Self { front: fleet.front(), jar: Jar::default(), answered: BTreeSet::new() }
    }

    /// What it sends: browsers add `Origin` to all but simple reads.
    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        let request = Request::new(self.front, method, target).header("Sec-Fetch-Site", "same-origin");
        let request = request.jar(&self.jar);
        if method == "GET" { request } else { request.header("Origin", format!("http://{}", self.front)) }
    }

    /// Sends it and keeps the cookies that come back.
    pub(crate) fn send(&mut self, request: &Request) -> Response {
        let response = request.send();
        self.answered.insert(answered_by(&response));
        self.jar.keep(&response);
        response
    }

    /// Asks without a body, and expects this status.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, target: &str, status: u16) -> Response {
        let response = self.send(&self.request(method, target));
        assert_eq!(response.status, status, "{method} {target}: {}", response.text());
        response
    }

    /// Registers or logs in.
    #[track_caller]
    pub(crate) fn enter(&mut self, target: &str, username: &str) -> Value {
        let form = json!({"username": username, "password": PASSWORD});
        let response = self.send(&self.request("POST", target).json(&form));
        assert_eq!(response.status, 201, "{}", response.text());
        response.json()
    }

    /// Checks that every replica has answered this page.
    #[track_caller]
    pub(crate) fn assert_has_met_all(&self) {
        assert_eq!(self.answered.len(), REPLICAS, "only {:?} have answered", self.answered);
    }
}
