-- What seldom happens to a run, kept for whoever looks at it later; its log, which tells the rest, is deleted after some
-- hours. A run that nothing happens to has no rows here, and no token costs one.
create table generation_steps (
  id bigint generated always as identity primary key,
  generation_id uuid not null,
  user_id uuid not null,
  -- another process took it over; the provider was asked again before its first word; after a cut, what was shown was
  -- thrown away (reset) or kept (seam)
  kind text not null constraint generation_steps_kind check (kind in ('taken_over', 'retried', 'reset', 'seam')),
  -- the attempt that begins
  attempt integer not null,
  -- why: the provider's failure
  code text,
  -- of a takeover, the process that had it before
  runner text,
  at timestamptz not null default clock_timestamp(),
  constraint generation_steps_generation foreign key (generation_id, user_id) references generations (id, user_id) on delete cascade
);
create index generation_steps_of_generation on generation_steps (generation_id, id);
alter table generation_steps enable row level security;
create policy own_rows on generation_steps using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))
  with check (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
grant select, insert, update, delete on generation_steps to squad_app;

-- Everybody's runs in one state, the newest first, for the owner.
create index generations_by_state on generations (state, id desc);
