//! The tables, as diesel sees them.

diesel::table! {
    users (id) {
        id -> Text,
        username -> Text,
        password_hash -> Text,
        created_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    user_roles (user_id, role) {
        user_id -> Text,
        role -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        delivery -> Text,
        remember -> Bool,
        csrf_token -> Text,
        created_at -> BigInt,
        authenticated_at -> BigInt,
        expires_at -> BigInt,
        last_used_at -> BigInt,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
        revocation_reason -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> Text,
        session_id -> Text,
        predecessor -> Nullable<Text>,
        issued_at -> BigInt,
        expires_at -> BigInt,
        first_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    events (seq) {
        seq -> BigInt,
        id -> Text,
        at -> BigInt,
        kind -> Text,
        details -> Text,
        actor -> Text,
        actor_id -> Nullable<Text>,
        subject -> Nullable<Text>,
        session_id -> Nullable<Text>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
    }
}

diesel::joinable!(user_roles -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(users, user_roles, sessions, refresh_tokens);
