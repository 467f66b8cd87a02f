//! The hot routes as a bare actix-web program answers them: no CORS, no log, no limits, no error bodies.

use std::io;
use std::num::NonZeroUsize;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{App, Either, HttpRequest, HttpResponse, HttpServer, guard};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::realm::Realm;

const RFC_3339_MICROS: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

#[derive(Deserialize)]
struct Greet {
    name: String,
    lang: Option<String>,
}

#[derive(Serialize)]
struct Greeting {
    greeting: String,
    timestamp: String,
}

#[derive(Serialize)]
struct Secure<'a> {
    message: String,
    user: User<'a>,
}

#[derive(Serialize)]
struct User<'a> {
    id: &'a str,
    username: &'a str,
    roles: &'a [String],
}

/// Either an answer in JSON or a bare status.
type Answer<T> = Either<Json<T>, HttpResponse>;

/// Serves on 127.0.0.1 alone, until a signal ends it.
pub(crate) fn serve(port: u16, workers: Option<NonZeroUsize>, realm: Realm) -> io::Result<()> {
    let realm = Data::new(realm);
    actix_web::rt::System::new().block_on(async move {
        let app = move || App::new().app_data(realm.clone()).configure(routes);
        let server = HttpServer::new(app);
        let server = match workers {
            Some(workers) => server.workers(workers.get()),
            None => server,
        };
        server.bind(("127.0.0.1", port))?.run().await
    })
}

fn routes(app: &mut ServiceConfig) {
    // The method is a guard of the resource, so that an OPTIONS of the same path falls through to the last line.
    app.service(web::resource("/greet").guard(guard::Post()).to(greet))
        .service(web::resource("/secure").guard(guard::Get()).to(secure))
        .route("/health/ready", web::get().to(HttpResponse::Ok))
        .default_service(web::route().guard(guard::Options()).to(HttpResponse::NoContent));
}

async fn greet(Json(asked): Json<Greet>) -> Answer<Greeting> {
    let word = match asked.lang.as_deref() {
        None | Some("en") => "Hello",
        Some("es") => "Hola",
        Some("fr") => "Bonjour",
        Some(_) => return refuse(StatusCode::BAD_REQUEST),
    };
    let name = asked.name.trim();
    match now().format(RFC_3339_MICROS) {
        _ if name.is_empty() => refuse(StatusCode::BAD_REQUEST),
        Ok(timestamp) => Either::Left(Json(Greeting { greeting: format!("{word}, {name}!"), timestamp })),
        Err(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn secure(request: HttpRequest, realm: Data<Realm>) -> HttpResponse {
    let bearer = request.cookie("access_token").and_then(|cookie| realm.verify(cookie.value()));
    match bearer {
        Some(bearer) => HttpResponse::Ok().json(Secure {
            message: format!("Hello, {}!", bearer.preferred_username),
            user: User { id: &bearer.sub, username: &bearer.preferred_username, roles: &bearer.roles },
        }),
        None => HttpResponse::Unauthorized().finish(),
    }
}

fn refuse<T>(status: StatusCode) -> Answer<T> {
    Either::Right(HttpResponse::new(status))
}

#[expect(clippy::disallowed_methods, reason = "a bare program has no clock to be handed")]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use serde_json::{Value, json};

    use super::*;

    async fn answer(request: TestRequest) -> (StatusCode, Value) {
        let realm = Data::new(Realm::new("secret", "issuer".to_owned()));
        let app = init_service(App::new().app_data(realm).configure(routes)).await;
        let answer = call_service(&app, request.to_request()).await;
        let status = answer.status();
        (status, serde_json::from_slice(&read_body(answer).await).unwrap_or(Value::Null))
    }

    #[actix_web::test]
    async fn a_greeting_carries_the_moment() {
        let asked = TestRequest::post().uri("/greet").set_json(json!({"name": " Alice ", "lang": "es"}));
        let (status, body) = answer(asked).await;
        assert_eq!((status, &body["greeting"]), (StatusCode::OK, &json!("Hola, Alice!")));
        assert_eq!(body["timestamp"].as_str().unwrap().len(), "2026-11-20T13:05:27.121465Z".len());
    }

    #[actix_web::test]
    async fn a_greeting_without_a_name_or_in_an_unknown_language_is_refused() {
        for body in [json!({"name": " "}), json!({"name": "Alice", "lang": "foo"}), json!({})] {
            let (status, _) = answer(TestRequest::post().uri("/greet").set_json(&body)).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        }
    }

    #[actix_web::test]
    async fn the_restricted_resource_answers_from_the_token_s_claims() {
        let token = Realm::new("secret", "issuer".to_owned()).mint().unwrap();
        let cookie = ("Cookie", format!("access_token={token}"));
        let (status, body) = answer(TestRequest::get().uri("/secure").insert_header(cookie)).await;
        let user =
            json!({"id": "019aa2b4-5c00-7000-8000-000000000001", "username": "bench", "roles": ["user"]});
        assert_eq!((status, body), (StatusCode::OK, json!({"message": "Hello, bench!", "user": user})));
    }

    #[actix_web::test]
    async fn the_restricted_resource_is_closed_without_a_good_token() {
        let (status, _) = answer(TestRequest::get().uri("/secure")).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let cookie = ("Cookie", "access_token=nonsense");
        let (status, _) = answer(TestRequest::get().uri("/secure").insert_header(cookie)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }

    #[actix_web::test]
    async fn options_of_any_path_is_an_empty_204() {
        for path in ["/greet", "/secure", "/", "/nowhere/at/all"] {
            let asked = TestRequest::default().method(Method::OPTIONS).uri(path);
            assert_eq!(answer(asked).await, (StatusCode::NO_CONTENT, Value::Null), "{path}");
        }
    }
}
