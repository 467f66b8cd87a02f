//! The tables, as diesel sees them.

diesel::table! {
    users (id) {
        id -> Uuid,
        username -> Text,
        password_hash -> Text,
        created_at -> Timestamptz,
        disabled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    user_roles (user_id, role) {
        user_id -> Uuid,
        role -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        delivery -> Text,
        remember -> Bool,
        csrf_token -> Text,
        created_at -> Timestamptz,
        authenticated_at -> Timestamptz,
        expires_at -> Timestamptz,
        last_used_at -> Timestamptz,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        revoked_at -> Nullable<Timestamptz>,
        revocation_reason -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> Uuid,
        session_id -> Uuid,
        predecessor -> Nullable<Uuid>,
        issued_at -> Timestamptz,
        expires_at -> Timestamptz,
        first_used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    events (seq) {
        seq -> BigInt,
        id -> Uuid,
        at -> Timestamptz,
        kind -> Text,
        details -> Jsonb,
        actor -> Text,
        actor_id -> Nullable<Uuid>,
        subject -> Nullable<Uuid>,
        session_id -> Nullable<Uuid>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
    }
}

diesel::joinable!(user_roles -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(users, user_roles, sessions, refresh_tokens);
