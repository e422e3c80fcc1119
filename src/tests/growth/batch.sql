set session_replication_role = replica;
set synchronous_commit = off;

insert into auth.users (id) select distinct growth.artist(c) from generate_series($FROM::bigint, $TO) c on conflict do nothing;
insert into profiles (user_id, artist_name, music_style)
select distinct growth.artist(c), 'Léa', 'chanson' from generate_series($FROM::bigint, $TO) c on conflict do nothing;

insert into conversations (id, user_id, title, current_coach, platform, pinned, active_leaf_id, last_message_at, created_at)
select growth.id(c, 0, 'c'), growth.artist(c), left(p.text, 60), 'luke', 'web', c % 1000 = 0, growth.id(c, $LAST, 'm'),
  growth.moment(c, $LAST), growth.moment(c, 0)
from generate_series($FROM::bigint, $TO) c join growth.pieces p on p.number = c % (select count(*) from growth.pieces)
on conflict (id) do update set active_leaf_id = excluded.active_leaf_id, last_message_at = excluded.last_message_at;

insert into messages (id, user_id, conversation_id, parent_id, role, content, coach, provider, model, status, stop_reason, tokens_input, tokens_output,
  cache_read_tokens, cache_write_tokens, cost, time_to_first_token_ms, duration_ms, created_at)
select growth.id(c, k, 'm'), growth.artist(c), growth.id(c, 0, 'c'), case when k > 1 then growth.id(c, k - 1, 'm') end,
  case when answer then 'assistant' else 'user' end,
  case when answer then a.text || ' ' || b.text || ' ' || d.text when k = 1 then a.text || ' nébuleuse' || c else a.text end,
  case when answer then 'luke' end, case when answer then 'anthropic' end, case when answer then 'claude-haiku-5-5' end, 'complete',
  case when answer then 'end_turn' end, case when answer then 1200 end, case when answer then 80 end, case when answer then 800 end,
  case when answer then 0 end, case when answer then 0.000168 end, case when answer then 600 end, case when answer then 4600 end, growth.moment(c, k)
from (
  select c, k, k % 2 = 0 as answer, floor(random() * pieces)::int as one, floor(random() * pieces)::int as two, floor(random() * pieces)::int as three
  from generate_series($FROM::bigint, $TO) c, generate_series($FIRST::int, $LAST) k, (select count(*) as pieces from growth.pieces) p
) m join growth.pieces a on a.number = one join growth.pieces b on b.number = two join growth.pieces d on d.number = three;

insert into generations (id, user_id, conversation_id, user_message_id, message_id, client_message_id, state, coach, provider, model, max_tokens, routed,
  fence, next_seq, usage, created_at, started_at, first_token_at, finished_at, runner)
select growth.id(c, k, 'g'), growth.artist(c), growth.id(c, 0, 'c'), growth.id(c, k - 1, 'm'), growth.id(c, k, 'm'), growth.id(c, k, 'q'),
  case when c % 40 = 0 and k = 2 then 'failed' when c % 50 = 0 and k = 4 then 'cancelled' else 'completed' end, 'luke', 'anthropic', 'claude-haiku-5-5',
  4096, true, 1, 60, '{"input_tokens": 1200, "output_tokens": 80, "cache_read_tokens": 800, "cache_write_tokens": 0}',
  growth.moment(c, k), growth.moment(c, k), growth.moment(c, k), growth.moment(c, k), 'squad before:1'
from generate_series($FROM::bigint, $TO) c, generate_series($FIRST::int, $LAST) k where k % 2 = 0;
