-- The list shows pinned conversations first, then the newest; keyset pages follow this index.
create index conversations_order on conversations (user_id, status, pinned desc, last_message_at desc, id desc)
  where status <> 'deleted';
drop index conversations_list;
