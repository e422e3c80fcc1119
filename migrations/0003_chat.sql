-- What an artist writes and what the squad answers.
create function set_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create table profiles (
  user_id uuid primary key,
  artist_name text constraint profiles_artist_name check (char_length(artist_name) <= 120),
  music_style text constraint profiles_music_style check (char_length(music_style) <= 120),
  email text,
  phone text,
  spotify_url text,
  release_date date,
  stage text,
  identity_defined boolean not null default false,
  fan_base_started boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table conversations (
  id uuid primary key,
  user_id uuid not null,
  title text not null default '' constraint conversations_title check (char_length(title) <= 200),
  current_coach text not null,
  platform text not null constraint conversations_platform check (platform in ('web', 'whatsapp', 'api', 'bridge')),
  status text not null default 'active' constraint conversations_status check (status in ('active', 'archived', 'deleted')),
  -- what a restore goes back to
  status_before_delete text,
  deleted_at timestamptz,
  pinned boolean not null default false,
  -- the end of the shown branch
  active_leaf_id uuid,
  -- prompts start at this message once the conversation is longer than a model's window
  context_start_id uuid,
  read_at timestamptz not null default now(),
  answered_at timestamptz,
  last_message_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint conversations_owner unique (id, user_id)
);
create index conversations_list on conversations (user_id, last_message_at desc, id desc) where status <> 'deleted';

create table messages (
  id uuid primary key,
  user_id uuid not null,
  conversation_id uuid not null,
  parent_id uuid,
  role text not null constraint messages_role check (role in ('user', 'assistant')),
  content text not null default '',
  coach text,
  provider text,
  model text,
  status text not null constraint messages_status check (status in ('queued', 'streaming', 'complete', 'stopped', 'failed')),
  stop_reason text,
  tokens_input bigint,
  tokens_output bigint,
  cache_read_tokens bigint,
  cache_write_tokens bigint,
  cost numeric(14, 6),
  time_to_first_token_ms bigint,
  duration_ms bigint,
  routing jsonb,
  handoff jsonb,
  error jsonb,
  cached boolean not null default false,
  resumed boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint messages_owner unique (id, user_id),
  constraint messages_place unique (id, conversation_id),
  constraint messages_conversation foreign key (conversation_id, user_id) references conversations (id, user_id) on delete cascade,
  constraint messages_parent foreign key (parent_id, conversation_id) references messages (id, conversation_id)
);
-- siblings have the same parent; first messages have none and share the conversation's id here
create index messages_children on messages (conversation_id, coalesce(parent_id, conversation_id));

alter table conversations
  add constraint conversations_active_leaf foreign key (active_leaf_id, id) references messages (id, conversation_id)
  deferrable initially deferred;

create table feedback (
  message_id uuid primary key,
  user_id uuid not null,
  value text not null constraint feedback_value check (value in ('up', 'down')),
  comment text constraint feedback_comment check (char_length(comment) <= 2000),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint feedback_message foreign key (message_id, user_id) references messages (id, user_id) on delete cascade
);

create trigger profiles_updated before update on profiles for each row execute function set_updated_at();
create trigger conversations_updated before update on conversations for each row execute function set_updated_at();
create trigger messages_updated before update on messages for each row execute function set_updated_at();
create trigger feedback_updated before update on feedback for each row execute function set_updated_at();
