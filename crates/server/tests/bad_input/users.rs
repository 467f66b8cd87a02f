//! Usernames, passwords and flags that make no sense, sent to `/auth/register` and `/auth/login`.

use serde_json::{Value, json};

use super::row::{Row, row};
use super::support::{PASSWORD, Server};

fn username(detail: &'static str) -> (u16, &'static str, &'static str) {
    (400, "invalid_username", detail)
}

fn field(detail: &'static str) -> (u16, &'static str, &'static str) {
    (400, "invalid_field", detail)
}

pub(crate) fn rows(server: &Server) -> Vec<Row> {
    server.register("taken");
    [usernames(server), passwords(server), forms(server), logins(server)].into_iter().flatten().collect()
}

fn usernames(server: &Server) -> Vec<Row> {
    let register =
        |name: &str| server.post("/auth/register").json(&json!({"username": name, "password": PASSWORD}));
    let taken = (400, "username_taken", "Unable to create user.");
    let endless = "u".repeat(10_000);
    vec![
        row("an empty username", register(""), username("at least 3 characters")),
        row("a username of two characters", register("ab"), username("at least 3 characters")),
        row("a username of 65 characters", register(&"u".repeat(65)), username("at most 64 characters")),
        row("a username of 10000 characters", register(&endless), username("at most 64 characters"))
            .never_repeats(endless),
        row("a username of 10000 ligatures", register(&"\u{fdfa}".repeat(10_000)), username("at most 64")),
        row("a username with a blank", register("al ice"), username("cannot contain ' '")),
        row("a username with a NUL", register("al\0ice"), username("cannot contain '\\0'")),
        row("a username with a line break", register("al\r\nice"), username("cannot contain '\\r'")),
        row("a username with an invisible mark", register("al\u{202e}ice"), username("cannot contain")),
        row("a username with a picture", register("al🐒ice"), username("cannot contain '🐒'")),
        row("a username of two directions", register("abcא"), username("left-to-right")),
        row("a username that is taken", register("taken"), taken),
        row("the same in capitals", register("TAKEN"), taken),
        row("the same in full width", register("ｔａｋｅｎ"), taken),
    ]
}

fn passwords(server: &Server) -> Vec<Row> {
    let register = |password: &str| {
        server.post("/auth/register").json(&json!({"username": "marigold", "password": password}))
    };
    let invalid = |detail| (400, "invalid_password", detail);
    let weak = |detail| (400, "password_too_weak", detail);
    let endless = "Plinth-Ocelot".repeat(1000);
    vec![
        row("an empty password", register(""), invalid("at least 8 characters")),
        row("a password of seven characters", register("x7#Kp2!"), invalid("at least 8 characters"))
            .never_repeats("x7#Kp2!"),
        row("a password of 129 characters", register(&"p".repeat(129)), invalid("at most 128 characters")),
        row("a password of 13000 characters", register(&endless), invalid("at most 128 characters"))
            .never_repeats(endless),
        row("a password with a NUL", register("plinth\0ocelot-94"), invalid("control characters"))
            .never_repeats("ocelot-94"),
        row("a password everybody has", register("password123"), weak("Add another word"))
            .never_repeats("password123"),
        row("one character, again and again", register(&"a".repeat(128)), weak("Add another word")),
        row("the username as password", register("marigold1"), weak("from your username")),
    ]
}

fn forms(server: &Server) -> Vec<Row> {
    let with = |name: &str, value: Value| {
        let mut form = json!({"username": "marigold", "password": PASSWORD});
        form[name] = value;
        server.post("/auth/register").json(&form)
    };
    let from_a_page = |header: &str, value: &str| with("delivery", json!("body")).header(header, value);
    let register = |text: &str| server.post("/auth/register").json_text(text);
    let choices = field("Field 'delivery' must be one of: 'cookie', 'body'");
    let not_allowed = (400, "delivery_not_allowed", "A browser gets its tokens as cookies");
    vec![
        row("no username", register(r#"{"password":"x"}"#), (400, "missing_field", "'username'")),
        row("no password", register(r#"{"username":"marigold"}"#), (400, "missing_field", "'password'")),
        row("a username that is null", with("username", Value::Null), field("'username' must be a string")),
        row(
            "a username that is a number",
            with("username", json!(12_345)),
            field("'username' must be a string"),
        ),
        row("a password that is null", with("password", Value::Null), field("'password' must be a string")),
        row(
            "a password that is a number",
            with("password", json!(94_948_751)),
            field("'password' must be a string"),
        )
        .never_repeats("94948751"),
        row(
            "a password that is an object",
            with("password", json!({"$ne": ""})),
            field("'password' must be"),
        ),
        row("a flag that is null", with("remember", Value::Null), field("'remember' must be true or false")),
        row(
            "a flag that is a text",
            with("remember", json!("true")),
            field("'remember' must be true or false"),
        ),
        row("a flag that is a number", with("remember", json!(1)), field("'remember' must be true or false")),
        row("a delivery that is null", with("delivery", Value::Null), field("'delivery' must be a string")),
        row("a delivery by pigeon", with("delivery", json!("pigeon")), choices),
        row("a delivery in capitals", with("delivery", json!("BODY")), choices),
        row("tokens for a page", from_a_page("Origin", "http://localhost:5173"), not_allowed),
        row("tokens for a page without an origin", from_a_page("Sec-Fetch-Site", "none"), not_allowed),
        row("tokens for a page of a new kind", from_a_page("Sec-Fetch-Whatever", ""), not_allowed),
    ]
}

fn logins(server: &Server) -> Vec<Row> {
    let login = |form: Value| server.post("/auth/login").json(&form);
    let named = |name: &str, password: &str| login(json!({"username": name, "password": password}));
    let refused = (401, "invalid_credentials", "Unauthorized");
    vec![
        row("log in: no username", login(json!({"password": "x"})), (400, "missing_field", "'username'")),
        row("log in: no password", login(json!({"username": "x"})), (400, "missing_field", "'password'")),
        row(
            "log in: a password in an array",
            login(json!({"username": "x", "password": ["x"]})),
            field("'password'"),
        ),
        row("log in: unknown", named("nobody", PASSWORD), refused).next("login"),
        row("log in: wrong password", named("taken", "plinth-ocelot-vermilion-95"), refused).next("login"),
        row("log in: no password to speak of", named("taken", ""), refused).next("login"),
        row("log in: no username to speak of", named("", ""), refused).next("login"),
        row("log in: injection", named("taken' OR 1=1 --", "' OR 1=1 --"), refused).next("login"),
        row("log in: username of 10000 characters", named(&"u".repeat(10_000), PASSWORD), refused),
        row("log in: password of 1000000 characters", named("taken", &"p".repeat(1_000_000)), refused),
        row("log in: NUL behind the username", named("taken\0", PASSWORD), refused),
        row("log in: NUL behind the password", named("taken", &format!("{PASSWORD}\0")), refused),
    ]
}
