-- The questions of a conversation are answered in the order they were stored, which the conversation's lock decides. An
-- id tells the time of the process that made it, and clocks differ.
create sequence generations_places;
alter table generations add column place bigint not null default 0;
alter table generations alter column place set default nextval('generations_places');
alter sequence generations_places owned by generations.place;
grant usage on sequence generations_places to squad_app;

-- what waits already comes before what is new
update generations g set place = waiting.place
from (select id, row_number() over (order by id) - count(*) over () as place from generations where state in ('queued', 'running')) waiting
where g.id = waiting.id;

drop index generations_live, generations_queue;
create index generations_live on generations (conversation_id, place) where state in ('queued', 'running');
create index generations_queue on generations (place) where state = 'queued';
