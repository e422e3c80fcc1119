-- Conversations FROM to TO, each with ten messages. They are as the program would have stored them; only the checks that hold
-- by construction are skipped (session_replication_role), so that ten million messages take an hour and not a day.
-- Everything of conversation c follows from c: its artist, its moment, its ids.
create schema growth;
-- what is filled already
create table growth.sizes (conversations bigint primary key);

-- the artist who is looked at has 20,000 conversations; the others a dozen each
create function growth.artist(c bigint) returns uuid language sql immutable as $$
  select case when c % 5 = 0 and c <= 100000 then '00000000-0000-7000-8000-000000000001'::uuid
    else (substr(md5('artist' || c / 12), 1, 12) || '7000' || '8' || substr(md5('artist' || c / 12), 14, 15))::uuid end $$;

-- two years, in no order of c; message k comes k hours after its conversation began
create function growth.moment(c bigint, k int) returns timestamptz language sql stable as $$
  select date_trunc('day', now()) - interval '2 years' + make_interval(secs => ('x' || substr(md5('at' || c), 1, 7))::bit(28)::int % 60000000)
    * case when c = 5 then 0 else 1 end + make_interval(hours => k) $$;

create function growth.id(c bigint, k int, what text) returns uuid language sql stable as $$
  select (lpad(to_hex((extract(epoch from growth.moment(c, k)) * 1000)::bigint), 12, '0') || '7' || substr(md5(what || c || '-' || k), 1, 3)
    || '8' || substr(md5(what || c || '-' || k), 5, 15))::uuid $$;
