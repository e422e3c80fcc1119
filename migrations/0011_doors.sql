-- Programs call with a key. It is 256 random bits, of which only the SHA-256 is kept, so no slow hash is needed; its first
-- characters tell its owner which one it is.
create table auth.api_keys (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  name text not null constraint api_keys_name check (char_length(name) between 1 and 100),
  key_hash bytea not null constraint api_keys_hash unique constraint api_keys_hash_length check (octet_length(key_hash) = 32),
  hint text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
create index api_keys_user on auth.api_keys (user_id);

-- The second thing a request may ask of this schema: whose key has this hash.
create function key_owner(hash bytea) returns uuid
  language sql stable security definer set search_path = auth, pg_temp
  as 'select user_id from auth.api_keys where key_hash = hash and revoked_at is null';
revoke all on function key_owner(bytea) from public;
grant execute on function key_owner(bytea) to squad_app;

-- Which process claimed a generation last, as its connections name themselves.
alter table generations add column runner text;

-- An artist's generations by state, the newest first; the list of all states merges five of these ranges.
create index generations_of_artist on generations (user_id, state, id desc);
