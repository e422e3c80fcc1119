//! An artist's own data to take away: one conversation as Markdown or JSON, or all of it.

use super::{Chat, ChatError, Result, conversations::with_text_so_far};
use crate::{
    domain::profile,
    store::Tx,
    types::{
        chat::*,
        ids::*,
        lang::Lang,
        profile::{ABOUT, Profile},
    },
};
use serde::Serialize;
use std::{collections::HashMap, fmt::Write};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The shown branch, to read.
    Markdown,
    /// Every branch, with every fact.
    Json,
}

impl Format {
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "markdown" => Ok(Self::Markdown),
            "json" => Ok(Self::Json),
            other => Err(ChatError::Invalid(format!(
                "format: {other:?} is not one of markdown, json"
            ))),
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    pub const fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Json => "json",
        }
    }
}

/// A conversation with all its branches, oldest message first.
#[derive(Debug, Serialize)]
pub struct Whole {
    pub conversation: Conversation,
    pub messages: Vec<Message>,
}

/// A file to take away.
#[derive(Debug)]
pub struct File {
    pub title: String,
    pub format: Format,
    pub text: String,
}

impl Chat {
    pub async fn export(&self, user: UserId, id: ConversationId, format: Format, lang: Lang) -> Result<File> {
        let mut tx = self.store.as_user(user).await?;
        let whole = whole(&mut tx, id).await?.ok_or(ChatError::NotFound)?;
        let text = match format {
            Format::Json => to_json(&whole),
            Format::Markdown => self.markdown(&whole, lang),
        };
        Ok(File {
            title: whole.conversation.title,
            format,
            text,
        })
    }

    /// The shown branch, from its last message up.
    fn markdown(&self, whole: &Whole, lang: Lang) -> String {
        let by_id: HashMap<_, _> = whole.messages.iter().map(|message| (message.id, message)).collect();
        let mut shown = Vec::new();
        let mut next = whole.conversation.active_leaf_id;
        while let Some(message) = next.and_then(|id| by_id.get(&id)) {
            shown.push(*message);
            next = message.parent_id;
        }
        let artist = match lang {
            Lang::Fr => "Moi",
            Lang::En => "Me",
        };
        let title = whole.conversation.title.replace(['\n', '\r'], " ");
        let mut text = format!("# {}\n", title.trim());
        for message in shown.iter().rev().filter(|message| !message.content.is_empty()) {
            let coach = message.coach.as_ref().filter(|_| message.role == Role::Assistant);
            let who = coach.map_or_else(
                || artist.to_string(),
                |id| match self.squad.get(id) {
                    Some(coach) => format!("{} {}", coach.name, coach.emoji),
                    None => id.to_string(),
                },
            );
            let (date, (hour, minute, _)) = (message.created_at.date(), message.created_at.time().as_hms());
            let _ = write!(
                text,
                "\n**{who}** · {date} {hour:02}:{minute:02} UTC\n\n{}\n",
                without_page_links(message.content.trim_end())
            );
            if message.status == MessageStatus::Stopped {
                let _ = write!(text, "\n*({})*\n", stopped(lang));
            }
        }
        let written = |message: &&Message| !message.content.is_empty();
        let others = whole.messages.iter().filter(written).count() - shown.iter().copied().filter(written).count();
        if others > 0 {
            let _ = write!(text, "\n---\n\n{}\n", not_shown(others, lang));
        }
        text
    }

    /// What stands before the conversations in the export of everything.
    pub async fn export_profile(&self, user: UserId) -> Result<Profile> {
        let mut tx = self.store.as_user(user).await?;
        Ok(tx.artist_facts().await?.map(profile::shown).unwrap_or_default())
    }

    /// One conversation of the export of everything, the first after `after`, as JSON; empty text when it went meanwhile.
    pub async fn export_next(
        &self,
        user: UserId,
        after: Option<ConversationId>,
    ) -> Result<Option<(ConversationId, String)>> {
        let mut tx = self.store.as_user(user).await?;
        let Some(id) = tx.conversation_ids(after, 1).await?.pop() else {
            return Ok(None);
        };
        let whole = whole(&mut tx, id).await?;
        Ok(Some((id, whole.as_ref().map(to_json).unwrap_or_default())))
    }
}

/// A link that opens a sheet of the page leads nowhere from a file; its words stay.
fn without_page_links(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some(at) = rest.find(ABOUT) {
        let (before, link) = rest.split_at(at);
        match (
            before.strip_suffix("](").and_then(|before| before.rsplit_once('[')),
            link.find(')'),
        ) {
            (Some((before, words)), Some(end)) => {
                kept.push_str(before);
                kept.push_str(words);
                rest = &link[end + 1..];
            }
            _ => {
                kept.push_str(before);
                kept.push_str(ABOUT);
                rest = &link[ABOUT.len()..];
            }
        }
    }
    kept + rest
}

fn stopped(lang: Lang) -> &'static str {
    match lang {
        Lang::Fr => "arrêtée ici",
        Lang::En => "stopped here",
    }
}

fn not_shown(count: usize, lang: Lang) -> String {
    match (lang, count) {
        (Lang::Fr, 1) => "1 autre version d’un message se trouve dans l’export JSON.".to_owned(),
        (Lang::Fr, _) => format!("{count} messages d’autres versions se trouvent dans l’export JSON."),
        (Lang::En, 1) => "1 other version of a message is in the JSON export.".to_owned(),
        (Lang::En, _) => format!("{count} messages of other versions are in the JSON export."),
    }
}

async fn whole(tx: &mut Tx, id: ConversationId) -> Result<Option<Whole>> {
    let Some(conversation) = tx.conversation(id).await? else {
        return Ok(None);
    };
    let mut messages = Vec::new();
    for message in tx.every_message(id).await? {
        messages.push(with_text_so_far(tx, message).await?);
    }
    let mut families: HashMap<_, Vec<_>> = HashMap::new();
    for message in &messages {
        let counted = !(message.status == MessageStatus::Failed && message.content.is_empty());
        families
            .entry(message.parent_id)
            .or_default()
            .extend(counted.then_some(message.id));
    }
    for message in &mut messages {
        message.siblings = families.get(&message.parent_id).cloned().unwrap_or_default();
    }
    Ok(Some(Whole { conversation, messages }))
}

fn to_json(whole: &Whole) -> String {
    // plain data with string keys: there is nothing that could fail
    serde_json::to_string_pretty(whole).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_no_links_into_the_page() {
        for (text, expected) in [
            ("Note [ton nom](/chat#about?name=Nina%20K) ici.", "Note ton nom ici."),
            ("[a](/chat#about?x=1) [b](/chat#about?y=2)", "a b"),
            ("[site](https://example.org) stays", "[site](https://example.org) stays"),
            ("open /chat#about?name=Nina", "open /chat#about?name=Nina"),
        ] {
            assert_eq!(without_page_links(text), expected);
        }
    }
}
