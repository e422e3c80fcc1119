-- Search in titles and messages: French and English word stems, capitals and accents ignored. Nothing here needs an
-- extension or an administrator.

-- é → e, Œ → oe; one character for one, apart from ligatures (and Korean)
create function search_fold(raw text) returns text
  language sql immutable strict parallel safe
  return replace(replace(regexp_replace(lower(normalize(raw, nfd)), '[\u0300-\u036f]', '', 'g'), 'œ', 'oe'), 'æ', 'ae');

-- The same length as `search_fold` of it, with capitals and accents as written.
create function search_shown(raw text) returns text
  language sql immutable strict parallel safe
  return replace(replace(replace(replace(regexp_replace(normalize(raw, nfc), '[\u0300-\u036f]', '', 'g'),
    'œ', 'oe'), 'æ', 'ae'), 'Œ', 'OE'), 'Æ', 'AE');

-- The owner is one of the words, so that the index alone finds an artist's rows, however many others there are.
-- The cost tells the planner never to work this out row by row.
create function search_words(owner uuid, raw text) returns tsvector
  language plpgsql immutable strict parallel safe cost 10000 as $$
declare
  -- no message is longer; a tsvector has a largest size, and an answer must never fail because of it
  folded text := search_fold(left(raw, 50000));
begin
  return array_to_tsvector(array[owner::text])
    || to_tsvector('pg_catalog.french', folded) || to_tsvector('pg_catalog.english', folded);
end
$$;

create index messages_search on messages using gin (search_words(user_id, content)) with (gin_pending_list_limit = 1024);
create index conversations_search on conversations using gin (search_words(user_id, title)) with (gin_pending_list_limit = 1024);
-- statistics would work out the words of 30,000 texts again and again, and nothing chooses by them
alter index messages_search alter column 1 set statistics 0;
alter index conversations_search alter column 1 set statistics 0;

-- Every word must be found, in either language; the last one may be unfinished.
create function search_query(words text) returns tsquery
  language plpgsql immutable strict parallel safe set client_min_messages = warning as $$
declare
  all_words text[] := array(select word from regexp_split_to_table(search_fold(words), '[^[:alnum:]]+') as word where word <> '' limit 10);
  word text;
  mark text := '';
  wanted tsquery := '';
begin
  for number in 1 .. coalesce(array_length(all_words, 1), 0) loop
    word := all_words[number];
    if number = array_length(all_words, 1) then
      mark := ':*';
    end if;
    wanted := wanted && (to_tsquery('pg_catalog.french', word || mark) || to_tsquery('pg_catalog.english', word || mark));
  end loop;
  -- nothing but words like "on" and "a", perhaps unfinished ones
  if numnode(wanted) = 0 and word is not null then
    wanted := (word || ':*')::tsquery;
  end if;
  return wanted;
end
$$;

-- The part of a text where the words stand, each found word between U+0001 and U+0002; null when none is found.
create function search_headline(raw text, wanted tsquery, most_words int) returns text
  language plpgsql immutable strict parallel safe as $$
declare
  -- a sign for a sign, so that nothing in the text is taken for markup or for a mark
  folded text := translate(search_fold(raw), E'<>\x01\x02', '    ');
  shown text := translate(search_shown(raw), E'\x01\x02', '  ');
  options text := format('StartSel="%s", StopSel="%s", MaxWords=%s, MinWords=%s, ShortWord=0',
    E'\x01', E'\x02', most_words, most_words / 2);
  part text := ts_headline('pg_catalog.french', folded, wanted, options);
  plain text;
  start int;
  place int := 0;
  result text := '';
  sign text;
begin
  if position(E'\x01' in part) = 0 then
    part := ts_headline('pg_catalog.english', folded, wanted, options);
    if position(E'\x01' in part) = 0 then
      return null;
    end if;
  end if;
  plain := translate(part, E'\x01\x02', '');
  start := position(plain in folded);
  if start = 0 or char_length(folded) <> char_length(shown) then
    return part;
  end if;
  -- the same part as it was written
  shown := substr(shown, start, char_length(plain));
  foreach sign in array string_to_array(part, null) loop
    if sign in (E'\x01', E'\x02') then
      result := result || sign;
    else
      place := place + 1;
      result := result || substr(shown, place, 1);
    end if;
  end loop;
  return result;
end
$$;

-- The caller's conversations where every word is found in the title or in one message, newest first. It runs as the
-- owner of the tables, because behind a policy the index cannot be used; so it takes the artist from the claim itself,
-- and filters each table by it.
create function search_conversations(words text, wanted_status text, before_time timestamptz, before_id uuid, most int)
  returns table (conversation_id uuid, message_id uuid, title text, snippet text)
  language plpgsql stable security definer
  set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  artist uuid := nullif(current_setting('app.user_id', true), '')::uuid;
  wanted tsquery := search_query(words);
  own tsquery := quote_literal(artist::text)::tsquery && wanted;
begin
  if artist is null or numnode(wanted) = 0 then
    return;
  end if;
  return query
    with hits as materialized (
      select distinct on (m.conversation_id) m.conversation_id, m.id
      from messages m where search_words(m.user_id, m.content) @@ own and m.user_id = artist
      order by m.conversation_id, m.id desc
    ), titles as materialized (
      select c.id from conversations c where search_words(c.user_id, c.title) @@ own and c.user_id = artist
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
revoke all on function search_conversations(text, text, timestamptz, uuid, int) from public;
grant execute on function search_conversations(text, text, timestamptz, uuid, int) to squad_app;
