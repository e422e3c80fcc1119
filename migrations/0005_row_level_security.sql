-- Every table of an artist's data shows and takes only rows of the artist named in the transaction's claim.
-- On a used connection an empty claim is '' and not null, hence the nullif.
do $$
declare
  name text;
begin
  foreach name in array array['profiles', 'conversations', 'messages', 'feedback', 'generations', 'generation_chunks'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy own_rows on %I using (user_id = (select nullif(current_setting(''app.user_id'', true), '''')::uuid))
       with check (user_id = (select nullif(current_setting(''app.user_id'', true), '''')::uuid))', name);
    execute format('grant select, insert, update, delete on %I to squad_app', name);
  end loop;
end
$$;
