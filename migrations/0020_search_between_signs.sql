-- Words are what stands between signs, in a text as in what is looked for. PostgreSQL's parser takes "AC/DC" for the name
-- of a file and an address for one word, and nobody who typed a part of it found it. The indexes are built anew.
drop index messages_search;
drop index conversations_search;

-- Folded, and a blank for each sign: as long as `search_fold` of it.
create function search_split(raw text) returns text
  language sql immutable strict parallel safe
  return regexp_replace(search_fold(raw), '[^[:alnum:]]', ' ', 'g');

-- As before, of what stands between signs.
create or replace function search_words(owner uuid, raw text) returns tsvector
  language plpgsql immutable strict parallel safe cost 10000 set search_path = public, pg_temp as $$
declare
  -- no message is longer; a tsvector has a largest size, and so has a word: an answer must never fail because of them
  split text := search_split(left(raw, 50000));
  words tsvector := to_tsvector('pg_catalog.french', split) || to_tsvector('pg_catalog.english', split);
begin
  return array_to_tsvector(array(
    select search_mark(owner) || word from unnest(tsvector_to_array(words)) as word where octet_length(word) < 1000));
end
$$;

create index messages_search on messages using gin (search_words(user_id, content)) with (gin_pending_list_limit = 1024);
create index conversations_search on conversations using gin (search_words(user_id, title)) with (gin_pending_list_limit = 1024);
-- statistics would work out the words of 30,000 texts again and again, and nothing chooses by them
alter index messages_search alter column 1 set statistics 0;
alter index conversations_search alter column 1 set statistics 0;

-- As before, of what stands between signs.
create or replace function search_headline(raw text, wanted tsquery, most_words int) returns text
  language plpgsql immutable strict parallel safe as $$
declare
  -- a blank for a sign, so that nothing in the text is taken for markup or for a mark
  split text := search_split(raw);
  shown text := translate(search_shown(raw), E'\x01\x02', '  ');
  options text := format('StartSel="%s", StopSel="%s", MaxWords=%s, MinWords=%s, ShortWord=0',
    E'\x01', E'\x02', most_words, most_words / 2);
  part text := ts_headline('pg_catalog.simple', split, search_marks(split, wanted), options);
  plain text;
  start int;
  place int := 0;
  result text := '';
  sign text;
begin
  if position(E'\x01' in part) = 0 then
    return null;
  end if;
  plain := translate(part, E'\x01\x02', '');
  start := position(plain in split);
  if start = 0 or char_length(split) <> char_length(shown) then
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
