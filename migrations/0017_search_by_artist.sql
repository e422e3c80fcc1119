-- Each artist's words are words of their own: the artist's mark stands before them. With the artist as one more word, a
-- beginning of a word ("alb…") was looked up among everybody's words first, which took ten seconds at ten million messages.
drop index messages_search;
drop index conversations_search;

-- Two artists may have the same mark: that costs a little time, and each row's owner decides.
create function search_mark(owner uuid) returns text
  language sql immutable strict parallel safe
  return right(owner::text, 8);

-- The words to index, each with its artist's mark.
create or replace function search_words(owner uuid, raw text) returns tsvector
  language plpgsql immutable strict parallel safe cost 10000 set search_path = public, pg_temp as $$
declare
  -- no message is longer; a tsvector has a largest size, and so has a word: an answer must never fail because of them
  folded text := search_fold(left(raw, 50000));
  words tsvector := to_tsvector('pg_catalog.french', folded) || to_tsvector('pg_catalog.english', folded);
begin
  return array_to_tsvector(array(
    select search_mark(owner) || word from unnest(tsvector_to_array(words)) as word where octet_length(word) < 1000));
end
$$;

-- The same for what is looked up.
create function search_own(owner uuid, wanted tsquery) returns tsquery
  language sql immutable strict parallel safe
  return regexp_replace(wanted::text, '''([^'']+)''', '''' || search_mark(owner) || '\1''', 'g')::tsquery;

create index messages_search on messages using gin (search_words(user_id, content)) with (gin_pending_list_limit = 1024);
create index conversations_search on conversations using gin (search_words(user_id, title)) with (gin_pending_list_limit = 1024);
-- statistics would work out the words of 30,000 texts again and again, and nothing chooses by them
alter index messages_search alter column 1 set statistics 0;
alter index conversations_search alter column 1 set statistics 0;

-- As before, but: the marked words alone find the rows, which are few, so that neither an index of the artist's messages nor
-- other processes of the server are asked for help.
create or replace function search_conversations(words text, wanted_status text, before_time timestamptz, before_id uuid, most int)
  returns table (conversation_id uuid, message_id uuid, title text, snippet text)
  language plpgsql stable security definer
  set search_path = public, pg_temp set plan_cache_mode = force_custom_plan set max_parallel_workers_per_gather = 0
  set jit = off as $$
declare
  artist uuid := nullif(current_setting('app.user_id', true), '')::uuid;
  wanted tsquery := search_query(words);
  own tsquery := search_own(artist, wanted);
begin
  if artist is null or numnode(wanted) = 0 then
    return;
  end if;
  return query
    with found as materialized (
      select m.conversation_id, m.id, m.user_id from messages m where search_words(m.user_id, m.content) @@ own
    ), hits as materialized (
      select distinct on (f.conversation_id) f.conversation_id, f.id from found f where f.user_id = artist
      order by f.conversation_id, f.id desc
    ), titles as materialized (
      select c.id from conversations c where search_words(c.user_id, c.title) @@ own
    ), page as materialized (
      select c.id, c.title, c.last_message_at, h.id as message
      from conversations c left join hits h on h.conversation_id = c.id
      where c.id in (select h.conversation_id from hits h union select t.id from titles t)
        and c.user_id = artist and c.status = wanted_status and c.status <> 'deleted'
        and (before_time is null or (c.last_message_at, c.id) < (before_time, before_id))
      order by c.last_message_at desc, c.id desc limit most
    )
    select p.id, p.message, coalesce(search_headline(p.title, wanted, 40), p.title), search_headline(m.content, wanted, 24)
    from page p left join messages m on m.id = p.message and m.user_id = artist
    order by p.last_message_at desc, p.id desc;
end
$$;
