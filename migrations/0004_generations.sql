-- One durable run per answer, and its append-only log.
create table generations (
  id uuid primary key,
  user_id uuid not null,
  conversation_id uuid not null,
  user_message_id uuid not null,
  message_id uuid not null,
  client_message_id uuid,
  -- of what the artist sent, to tell a repeated send from another one under the same id
  request_hash bytea,
  state text not null default 'queued' constraint generations_state check (state in ('queued', 'running', 'completed', 'failed', 'cancelled')),
  coach text not null,
  provider text not null,
  model text not null,
  temperature double precision,
  max_tokens integer not null,
  -- the artist's own choice of coach, which no routing changes
  picked_coach text,
  -- the coach is decided for good; otherwise the run's first step decides
  routed boolean not null,
  fence bigint not null default 0,
  lease_until timestamptz,
  next_seq bigint not null default 1,
  attempt integer not null default 1,
  recoveries integer not null default 0,
  -- claims after a lost lease, in a row without progress
  takeovers integer not null default 0,
  -- tokens of all attempts so far, as far as providers told
  usage jsonb,
  error jsonb,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  first_token_at timestamptz,
  finished_at timestamptz,
  constraint generations_owner unique (id, user_id),
  constraint generations_client_message unique (user_id, client_message_id),
  constraint generations_message_once unique (message_id),
  constraint generations_conversation foreign key (conversation_id, user_id) references conversations (id, user_id) on delete cascade,
  constraint generations_user_message foreign key (user_message_id, user_id) references messages (id, user_id) on delete cascade,
  constraint generations_message foreign key (message_id, user_id) references messages (id, user_id) on delete cascade
) with (fillfactor = 60); -- every append updates its row in place (no indexed column changes, so the update stays on its page)
create unique index generations_one_running on generations (conversation_id) where state = 'running';
create index generations_live on generations (conversation_id, id) where state in ('queued', 'running');
create index generations_queue on generations (id) where state = 'queued';
create index generations_leases on generations (lease_until) where state = 'running';
create index generations_finished on generations (finished_at) where finished_at is not null;

create table generation_chunks (
  generation_id uuid not null,
  seq bigint not null,
  user_id uuid not null,
  kind text not null constraint generation_chunks_kind check (kind in ('delta', 'reset', 'seam', 'done', 'failed', 'cancelled')),
  text text not null default '',
  data jsonb,
  created_at timestamptz not null default now(),
  constraint generation_chunks_pkey primary key (generation_id, seq),
  constraint generation_chunks_generation foreign key (generation_id, user_id) references generations (id, user_id) on delete cascade
);
