-- The artist picked who answers next: this coach answers her next message, whatever its words speak of.
alter table conversations add column coach_picked boolean not null default false;
