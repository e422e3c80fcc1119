-- Who somebody is. Nothing in the chat tables refers to this schema: identity may live elsewhere one day.
create schema auth;

create table auth.users (
  id uuid primary key,
  kind text not null default 'anonymous' constraint users_kind check (kind in ('anonymous', 'account', 'program')),
  created_at timestamptz not null default now()
);

-- The cookie is opaque: only its SHA-256 is kept.
create table auth.sessions (
  token_hash bytea primary key constraint sessions_token_hash check (octet_length(token_hash) = 32),
  user_id uuid not null references auth.users (id) on delete cascade,
  created_at timestamptz not null default now()
);
create index sessions_user on auth.sessions (user_id);

-- The one thing a request may ask of this schema: whose session has this hash.
create function session_owner(hash bytea) returns uuid
  language sql stable security definer set search_path = auth, pg_temp
  as 'select user_id from auth.sessions where token_hash = hash';
revoke all on function session_owner(bytea) from public;
grant execute on function session_owner(bytea) to squad_app;
