-- What the artist chose for a chat; null is automatic.
alter table conversations
  add column provider text constraint conversations_provider check (char_length(provider) between 1 and 40),
  add column model text constraint conversations_model check (char_length(model) between 1 and 200),
  add column temperature double precision constraint conversations_temperature check (temperature between 0 and 2);
