-- The role under which every request works: it owns no table, so row level security binds it.
-- Roles belong to the whole cluster while the migration lock belongs to one database, so another database's
-- migration may create it at the same moment.
do $$
begin
  if not exists (select from pg_roles where rolname = 'squad_app') then
    begin
      create role squad_app nologin;
    exception when duplicate_object or unique_violation then null;
    end;
  end if;
  if not pg_has_role(current_user, 'squad_app', 'member') then
    execute format('grant squad_app to %I', current_user);
  end if;
end
$$;
