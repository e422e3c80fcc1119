-- What the answer cache did for an answer, and which answers it is never asked for.
alter table messages
  -- the cache was asked before the provider
  add column cache_asked boolean not null default false,
  -- what the provider took for the answer that was kept, in US dollars; null where its price is not known
  add column saved numeric(14, 6);
alter table generations
  -- another answer to a question that has one already
  add column again boolean not null default false;
