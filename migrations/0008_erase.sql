-- Deleting a conversation, or an artist, follows these references downwards: without an index each deleted row would
-- read a whole table.
create index messages_parent on messages (conversation_id, parent_id);
-- the same order without the parent of first messages; siblings are found through the new one
drop index messages_children;
create index generations_conversation on generations (conversation_id);
create index generations_question on generations (user_message_id);
create index conversations_deleted on conversations (deleted_at) where status = 'deleted';
