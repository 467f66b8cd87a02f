//! What administrators mistype, sent to `/admin/…` by somebody whose token has the role.

use serde_json::json;

use super::row::{Row, row};
use super::support::{Forged, Request, Server};

const NO_ROLE: (u16, &str, &str) = (403, "forbidden", "This takes the role admin");
const NO_TOKEN: (u16, &str, &str) = (401, "token_missing", "No access token came along");
const NOBODY: (u16, &str, &str) = (404, "user_not_found", "There is no such user");
const LIMIT: (u16, &str, &str) = (400, "invalid_limit", "use a number from 1 to 100");
const CURSOR: (u16, &str, &str) = (400, "invalid_cursor", "use the next_cursor of the page before");

pub(crate) fn rows(server: &Server) -> Vec<Row> {
    let body = server.register("administrator");
    let token = body["tokens"]["access_token"].as_str().unwrap();
    let admin = Forged::from(token).claim("roles", json!(["user", "admin"])).sign();
    let id = body["user"]["id"].as_str().unwrap();
    [
        strangers(server, token, id),
        pages(server, &admin),
        changes(server, &admin, id),
        inquiries(server, &admin),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn change(server: &Server, token: &str, id: &str, text: &str) -> Request {
    server.request("PATCH", &format!("/admin/users/{id}")).bearer(token).json_text(text)
}

fn strangers(server: &Server, token: &str, id: &str) -> Vec<Row> {
    let end = || server.request("DELETE", &format!("/admin/users/{id}/sessions"));
    vec![
        row("users for nobody", server.get("/admin/users"), NO_TOKEN).next("refresh"),
        row("users for a member", server.get("/admin/users").bearer(token), NO_ROLE),
        row("a member makes an admin", change(server, token, id, r#"{"roles":["admin"]}"#), NO_ROLE),
        row("a member ends sessions", end().bearer(token), NO_ROLE),
        row("nobody ends sessions", end(), NO_TOKEN),
        row("an explanation for nobody", server.post("/admin/explain").json_text("{}"), NO_TOKEN),
        row(
            "an explanation for a member",
            server.post("/admin/explain").bearer(token).json_text("{}"),
            NO_ROLE,
        ),
    ]
}

fn pages(server: &Server, admin: &str) -> Vec<Row> {
    let list = |query: &str| server.get(&format!("/admin/users?{query}")).bearer(admin);
    let query = |detail| (400, "invalid_query", detail);
    vec![
        row("a page of nobody", list("limit=0"), LIMIT),
        row("a page of 101", list("limit=101"), LIMIT),
        row("a page of many", list("limit=many"), LIMIT),
        row("two limits", list("limit=5&limit=5"), LIMIT),
        row("a cursor that is made up", list("cursor=nonsense%21"), CURSOR),
        row("a cursor that is no UTF-8", list("cursor=__8"), CURSOR),
        row("a cursor to what is no name", list("cursor=YQ"), CURSOR),
        row("a cursor of 10000 characters", list(&format!("cursor={}", "YWFh".repeat(2500))), CURSOR),
        row("a name with a blank", list("query=al%20ice"), query("No username contains ' '")),
        row("a name with a NUL", list("query=%00"), query("No username contains '\\0'")),
        row("two names", list("query=a&query=b"), query("the beginning of one username, once")),
        row(
            "the beginning of 10000 characters",
            list(&format!("query={}", "q".repeat(10_000))),
            query("at most 64 characters"),
        ),
    ]
}

fn inquiries(server: &Server, admin: &str) -> Vec<Row> {
    let explain = |text: &str| server.post("/admin/explain").bearer(admin).json_text(text);
    let no_object = (400, "invalid_field", "Field 'headers' must be an object whose values are strings");
    let method = (400, "invalid_method", "is no HTTP method");
    let path = (400, "invalid_path", "is no path; write one that begins with a slash");
    let header = (400, "invalid_header", "is no header");
    let origin = (400, "invalid_field", "Field 'origin' must be a string");
    vec![
        row("explain: no body", explain(""), (400, "missing_body", "Missing request body")),
        row("explain: no path", explain("{}"), (400, "missing_field", "Missing required field: 'path'")),
        row("explain: a path that is none", explain(r#"{"path":"auth"}"#), path),
        row("explain: a path that is a URL", explain(r#"{"path":"https://x.example/"}"#), path),
        row("explain: a method that is none", explain(r#"{"path":"/","method":"G ET"}"#), method),
        row("explain: a number as origin", explain(r#"{"path":"/","origin":1}"#), origin),
        row("explain: a list of headers", explain(r#"{"path":"/","headers":["a: b"]}"#), no_object),
        row("explain: a number in a header", explain(r#"{"path":"/","headers":{"A":1}}"#), no_object),
        row("explain: a header that is none", explain(r#"{"path":"/","headers":{"A B":"c"}}"#), header),
        row("explain: a header in a name", explain(r#"{"path":"/","headers":{"A: b":"c"}}"#), header),
    ]
}

fn changes(server: &Server, admin: &str, id: &str) -> Vec<Row> {
    let change = |id: &str, text: &str| change(server, admin, id, text);
    let nothing = (400, "missing_field", "'roles', 'disabled' or both");
    let no_list = (400, "invalid_field", "Field 'roles' must be a list of strings");
    let no_role = (400, "invalid_field", "Field 'roles' must be one of: 'user', 'admin'");
    let no_flag = (400, "invalid_field", "Field 'disabled' must be true or false");
    vec![
        row("change: no body", change(id, ""), (400, "missing_body", "Missing request body")),
        row("change: an array", change(id, "[]"), (400, "malformed_json", "must be a JSON object")),
        row("change: nothing", change(id, "{}"), nothing),
        row("change: nothing known", change(id, r#"{"role":"admin"}"#), nothing),
        row("roles: a text", change(id, r#"{"roles":"admin"}"#), no_list),
        row("roles: null", change(id, r#"{"roles":null}"#), no_list),
        row("roles: numbers", change(id, r#"{"roles":[1]}"#), no_list),
        row("roles: lists", change(id, r#"{"roles":[["admin"]]}"#), no_list),
        row("roles: unknown", change(id, r#"{"roles":["admin","root"]}"#), no_role),
        row("roles: in capitals", change(id, r#"{"roles":["ADMIN"]}"#), no_role),
        row("disabled: a text", change(id, r#"{"disabled":"true"}"#), no_flag),
        row("disabled: null", change(id, r#"{"disabled":null}"#), no_flag),
        row("change: no id", change("x", r#"{"disabled":true}"#), NOBODY),
        row("change: a way up", change("%2e%2e", r#"{"disabled":true}"#), NOBODY),
        row("end: no id", server.request("DELETE", "/admin/users/x/sessions").bearer(admin), NOBODY),
        // The token has the role by forgery alone; who changes something is looked up.
        row("a role that is forged", change(id, r#"{"disabled":false}"#), NO_ROLE),
    ]
}
