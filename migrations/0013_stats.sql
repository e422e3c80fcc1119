-- An artist's figures are sums over her answers: read from this index alone, without the texts beside them.
create index messages_figures on messages (user_id)
  include (status, cached, cache_asked, tokens_input, tokens_output, cache_read_tokens, cache_write_tokens, cost, saved)
  where role = 'assistant';
