-- A word is found by its stem, or by the beginning of a word that was typed; no longer by the beginning of its stem:
-- "theme" has the French stem "them", and found "themselves". The index stays as it is.
create or replace function search_query(words text) returns tsquery
  language plpgsql immutable strict parallel safe set client_min_messages = warning as $$
declare
  all_words text[] := array(select word from regexp_split_to_table(search_fold(words), '[^[:alnum:]]+') as word where word <> '' limit 10);
  word text;
  french tsquery;
  english tsquery;
  one tsquery;
  wanted tsquery := '';
begin
  for number in 1 .. coalesce(array_length(all_words, 1), 0) loop
    word := all_words[number];
    french := to_tsquery('pg_catalog.french', word);
    english := to_tsquery('pg_catalog.english', word);
    one := french || english;
    -- A stem that is a little word of the other language is one of that word's too ("note" has the French stem "not"):
    -- then the other language's stem has to do.
    if numnode(french) > 0 and numnode(english) > 0 and french <> english then
      if numnode(french) = 1 and french <> quote_literal(word)::tsquery
        and numnode(to_tsquery('pg_catalog.english', french::text)) = 0 then
        one := english;
      elsif numnode(english) = 1 and english <> quote_literal(word)::tsquery
        and numnode(to_tsquery('pg_catalog.french', english::text)) = 0 then
        one := french;
      end if;
    end if;
    -- the last one may be unfinished
    if number = array_length(all_words, 1) and numnode(one) > 0 then
      one := one || (quote_literal(word) || ':*')::tsquery;
    end if;
    wanted := wanted && one;
  end loop;
  -- nothing but words like "on" and "a", perhaps unfinished ones
  if numnode(wanted) = 0 and word is not null then
    wanted := (quote_literal(word) || ':*')::tsquery;
  end if;
  return wanted;
end
$$;

-- What `search_query` wants, told in the words of this text as they stand there: PostgreSQL marks by one language only,
-- and the words of a query may be found in two. `folded` is folded.
create function search_marks(folded text, wanted tsquery) returns tsquery
  language plpgsql immutable strict parallel safe cost 10000 set client_min_messages = warning as $$
declare
  part text;
  beginning text;
  first_signs text[];
  one tsquery;
  marks tsquery := '';
begin
  foreach part in array string_to_array(wanted::text, ' & ') loop
    beginning := substring(part from '''([^'']+)'':\*');
    first_signs := array(select sign[1] from regexp_matches(part, '''([^''])', 'g') as sign);
    one := coalesce((quote_literal(beginning) || ':*')::tsquery, '');
    -- words that are found by their stems; 5, 12 to 17: what is no word, or is told again by its parts
    select one || coalesce(string_agg('''' || replace(replace(token, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery, '') into one
    from (
      select distinct token from ts_parse('pg_catalog.default', folded)
      where tokid not in (5, 12, 13, 14, 15, 16, 17) and left(token, 1) = any (first_signs) and octet_length(token) < 1000
        and not coalesce(starts_with(token, beginning), false)
    ) as found
    where array_to_tsvector(ts_lexize('pg_catalog.french_stem', token) || ts_lexize('pg_catalog.english_stem', token))
      @@ part::tsquery;
    marks := marks && one;
  end loop;
  return marks;
end
$$;

-- As before, with the marks of `search_marks`.
create or replace function search_headline(raw text, wanted tsquery, most_words int) returns text
  language plpgsql immutable strict parallel safe as $$
declare
  -- a sign for a sign, so that nothing in the text is taken for markup or for a mark
  folded text := translate(search_fold(raw), E'<>\x01\x02', '    ');
  shown text := translate(search_shown(raw), E'\x01\x02', '  ');
  options text := format('StartSel="%s", StopSel="%s", MaxWords=%s, MinWords=%s, ShortWord=0',
    E'\x01', E'\x02', most_words, most_words / 2);
  part text := ts_headline('pg_catalog.simple', folded, search_marks(folded, wanted), options);
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
