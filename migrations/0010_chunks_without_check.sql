-- Checking the foreign key was a quarter of what storing a token costs. Whoever stores one holds the row of its
-- generation and takes the owner from there, so the check could never fail; what it did besides is done here.
alter table generation_chunks drop constraint generation_chunks_generation;

-- A generation goes with its log, whatever deletes it. The delete waits for whoever is about to store a chunk, because
-- both lock the generation's row, and then sees that chunk.
create function delete_chunks() returns trigger
  language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from generation_chunks where generation_id = any (array(select id from gone));
  return null;
end
$$;
revoke all on function delete_chunks() from public;
create trigger generations_chunks after delete on generations
  referencing old table as gone for each statement execute function delete_chunks();

-- The role of requests writes only below generations of its artist; the log's writer is not that role.
drop policy own_rows on generation_chunks;
create policy own_rows on generation_chunks
  using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))
  with check (
    user_id = (select nullif(current_setting('app.user_id', true), '')::uuid)
    and exists (select from generations g where g.id = generation_id and g.user_id = generation_chunks.user_id)
  );
