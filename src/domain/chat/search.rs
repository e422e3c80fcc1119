//! Finding conversations by words in their titles and messages.

use super::{Chat, ChatError, Result};
use crate::{
    store::conversations::ListCursor,
    types::{chat::*, ids::*},
};
use std::collections::HashMap;

const MAX_QUERY_CHARS: usize = 200;
/// So much of a snippet stands before its first mark: a row shows one line, and cuts off what is further to the right.
const MAX_CHARS_BEFORE_MARK: usize = 24;

impl Chat {
    /// The newest conversations with all of these words in the title or in one message, each with the place.
    pub async fn search(
        &self,
        user: UserId,
        words: &str,
        after: Option<ListCursor>,
        archived: bool,
        limit: i64,
    ) -> Result<ConversationPage> {
        if words.contains('\0') || words.chars().count() > MAX_QUERY_CHARS {
            return Err(ChatError::Invalid(format!(
                "q: must have at most {MAX_QUERY_CHARS} characters, and none of them U+0000"
            )));
        }
        let mut tx = self.store.as_user(user).await?;
        let after = after.map(|cursor| (cursor.last_message_at, cursor.id));
        let most = i32::try_from(limit + 1).unwrap_or(i32::MAX);
        let found = tx.search(words, archived, after, most).await?;
        let more = found.len() as i64 > limit;
        let ids: Vec<_> = found.iter().map(|found| found.conversation).collect();
        let known = tx.conversations_by_id(&ids).await?;
        let mut known: HashMap<_, _> = known.into_iter().map(|one| (one.id, one)).collect();
        let (mut conversations, mut hits) = (Vec::new(), Vec::new());
        for found in found.into_iter().take(usize::try_from(limit).unwrap_or_default()) {
            // one that was deleted in between is left out
            let Some(conversation) = known.remove(&found.conversation) else {
                continue;
            };
            hits.push(SearchHit {
                conversation_id: found.conversation,
                message_id: found.message,
                title: parts(&found.title),
                snippet: found
                    .snippet
                    .as_deref()
                    .map(|text| near_first_mark(parts(&plain(text))))
                    .unwrap_or_default(),
            });
            conversations.push(conversation);
        }
        let next_cursor = conversations.last().filter(|_| more).map(|last| {
            ListCursor {
                pinned: false,
                last_message_at: last.last_message_at,
                id: last.id,
            }
            .encode()
        });
        Ok(ConversationPage {
            conversations,
            next_cursor,
            hits: Some(hits),
        })
    }
}

/// Without the signs of markdown.
fn plain(text: &str) -> String {
    let text = text.replace(['*', '`', '|'], "").replace("##", "").replace("# ", "");
    // the line below a table's head
    let rule = |word: &str| word.len() > 2 && word.chars().all(|c| matches!(c, '-' | ':' | '='));
    text.split(' ')
        .filter(|word| !word.is_empty() && !rule(word))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Text with found words between U+0001 and U+0002, taken apart.
fn parts(marked: &str) -> Vec<TextPart> {
    let mut parts = Vec::new();
    let mut push = |text: &str, hit| {
        if !text.is_empty() {
            parts.push(TextPart {
                text: text.to_string(),
                hit,
            });
        }
    };
    for (index, piece) in marked.split('\u{1}').enumerate() {
        match piece.split_once('\u{2}') {
            Some((hit, rest)) if index > 0 => {
                push(hit, true);
                push(rest, false);
            }
            _ => push(piece, false),
        }
    }
    parts
}

/// Without what stands far before the first mark: whole words, with "…" in their place.
fn near_first_mark(mut parts: Vec<TextPart>) -> Vec<TextPart> {
    let Some([before, first]) = parts.first_chunk_mut() else {
        return parts;
    };
    if before.hit || !first.hit {
        return parts;
    }
    let text = &before.text;
    let Some((cut, _)) = text
        .char_indices()
        .nth_back(MAX_CHARS_BEFORE_MARK - 1)
        .filter(|(at, _)| *at > 0)
    else {
        return parts;
    };
    // a word begins after a space, which may be the last sign that is cut
    let from = text
        .char_indices()
        .find(|(at, sign)| sign.is_whitespace() && at + sign.len_utf8() >= cut);
    let kept = from.map_or("", |(at, _)| text[at..].trim_start());
    before.text = format!("…{kept}");
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_parts_and_nothing_else_changes() {
        let told = |marked| {
            let parts = parts(marked);
            parts.into_iter().map(|part| (part.text, part.hit)).collect::<Vec<_>>()
        };
        let (plain, hit) = (
            |text: &str| (text.to_string(), false),
            |text: &str| (text.to_string(), true),
        );
        assert_eq!(
            told("le \u{1}son\u{2} du <b>\u{1}son\u{2}"),
            [plain("le "), hit("son"), plain(" du <b>"), hit("son")]
        );
        assert_eq!(told("rien"), [plain("rien")]);
        assert!(told("").is_empty());
        assert_eq!(
            super::plain("## Day **\u{1}one\u{2}**\n| a | `b` |"),
            "Day \u{1}one\u{2}\n a b"
        );
        assert_eq!(super::plain("| a | b | |---|:-----| | c-d | e |"), "a b c-d e");
    }

    #[test]
    fn a_snippet_begins_near_its_first_mark_with_a_whole_word() {
        let told = |marked: &str| {
            let parts = near_first_mark(parts(marked)).into_iter();
            parts
                .map(|part| {
                    if part.hit {
                        format!("[{}]", part.text)
                    } else {
                        part.text
                    }
                })
                .collect::<String>()
        };
        for (marked, begins) in [
            // 24 characters stay, however many bytes they have
            (
                "été été été été été été \u{1}son\u{2} x",
                "été été été été été été [son] x",
            ),
            (
                "a été été été été été été \u{1}son\u{2} x",
                "…été été été été été été [son] x",
            ),
            (
                "Avant tout, du calme, et puis encore le \u{1}son\u{2} du \u{1}son\u{2}",
                "…et puis encore le [son] du [son]",
            ),
            (
                "\u{1}son\u{2} de tout cela et de bien davantage",
                "[son] de tout cela et de bien davantage",
            ),
            ("a word (\u{1}son\u{2}", "a word ([son]"),
            // no whole word is short enough
            ("see averyveryveryverylongwordindeed-\u{1}son\u{2}", "…[son]"),
            (
                "rien de tout cela, et rien de bien davantage",
                "rien de tout cela, et rien de bien davantage",
            ),
            ("", ""),
        ] {
            assert_eq!(told(marked), begins, "{marked}");
        }
    }
}
