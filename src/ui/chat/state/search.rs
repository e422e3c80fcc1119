//! Finding conversations by words in their titles and messages.

use super::{Chat, Pages};
use crate::{
    api,
    types::{chat::*, error::*, ids::ConversationId},
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// After the last key.
pub const PAUSE: Duration = Duration::from_millis(150);

pub type Hit = (Conversation, SearchHit);

/// A search: what is known of it so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub words: String,
    pub reading: bool,
    pub problem: Option<Problem>,
    pub hits: Vec<Hit>,
    /// The same among the archived ones.
    pub archived: Vec<Hit>,
    /// Cursors of the older ones, and of the older archived ones.
    pub more: [Option<String>; 2],
    /// Older ones are on their way.
    pub reading_more: bool,
}

/// A page of what was found, and the cursor of the next one. Who has written nothing yet has nothing to find.
pub async fn find(
    words: String,
    archived: bool,
    cursor: Option<String>,
) -> Result<(Vec<Hit>, Option<String>), Problem> {
    match api::find_conversations(words, archived, cursor).await {
        Ok(page) => {
            let hits = page.hits.unwrap_or_default();
            Ok((page.conversations.into_iter().zip(hits).collect(), page.next_cursor))
        }
        Err(problem) if problem.code == ErrorCode::NotFound => Ok((Vec::new(), None)),
        Err(problem) => Err(problem),
    }
}

impl Chat {
    /// Searches a little later, unless other words come before; no words end the search.
    pub fn search(self, words: &str) {
        let turn = self.new_search();
        let words = words.trim().to_owned();
        if words.is_empty() {
            return self.found.set(None);
        }
        let same = self
            .found
            .read_untracked()
            .as_ref()
            .is_some_and(|found| found.words == words && !found.reading);
        if same {
            return;
        }
        self.found.update(|found| {
            let found = found.get_or_insert_default();
            found.words = words;
            found.reading = true;
        });
        set_timeout(move || self.search_now(turn), PAUSE);
    }

    /// Once more, after a failure.
    pub fn search_again(self) {
        if self
            .found
            .read_untracked()
            .as_ref()
            .is_some_and(|found| found.problem.is_some())
        {
            self.search_now(self.new_search());
        }
    }

    fn new_search(self) -> u32 {
        self.with_inner(|inner| {
            inner.search += 1;
            inner.search
        })
        .unwrap_or_default()
    }

    fn search_now(self, turn: u32) {
        let late = move || self.with_inner(|inner| inner.search) != Some(turn);
        let Some(words) = self
            .found
            .try_read_untracked()
            .and_then(|found| Some(found.as_ref()?.words.clone()))
        else {
            return;
        };
        spawn_local(async move {
            let mut found = Found {
                words,
                reading: true,
                ..Found::default()
            };
            for archived in [false, true] {
                if late() {
                    return;
                }
                match find(found.words.clone(), archived, None).await {
                    Ok((hits, more)) => {
                        *(if archived { &mut found.archived } else { &mut found.hits }) = hits;
                        found.more[usize::from(archived)] = more;
                    }
                    Err(problem) => found.problem = Some(problem),
                }
                found.reading = !archived && found.problem.is_none();
                if late() {
                    return;
                }
                self.found.set(Some(found.clone()));
                if found.problem.is_some() {
                    return;
                }
            }
        });
    }

    /// The next page of what was found.
    pub fn more_hits(self, archived: bool) {
        let turn = self.with_inner(|inner| inner.search);
        let Some((words, cursor)) = self.found.with_untracked(|found| {
            let found = found.as_ref().filter(|found| !found.reading_more)?;
            Some((found.words.clone(), found.more[usize::from(archived)].clone()?))
        }) else {
            return;
        };
        let change = move |work: &dyn Fn(&mut Found)| {
            if self.alive() && self.with_inner(|inner| inner.search) == turn {
                self.found.update(|found| found.iter_mut().for_each(work));
            }
        };
        change(&|found| found.reading_more = true);
        spawn_local(async move {
            let page = find(words, archived, Some(cursor)).await;
            change(&|found| {
                found.reading_more = false;
                match &page {
                    Ok((hits, more)) => {
                        let list = if archived { &mut found.archived } else { &mut found.hits };
                        list.extend(hits.iter().cloned());
                        found.more[usize::from(archived)].clone_from(more);
                    }
                    // what was found stays, and the button with it
                    Err(_) => self
                        .announced
                        .set((self.texts().cause)(ErrorCode::Unavailable).to_owned()),
                }
            });
        });
    }

    /// The newest hit.
    pub fn open_first(self) {
        let first = self.found.with_untracked(|found| {
            let found = found.as_ref()?;
            found
                .hits
                .iter()
                .chain(&found.archived)
                .map(|(known, _)| known.id)
                .next()
        });
        if first.is_some() {
            self.go_to(first, false);
        }
    }

    pub(super) fn lose_hit(self, id: ConversationId) {
        let held = |found: &Found| {
            found
                .hits
                .iter()
                .chain(&found.archived)
                .any(|(known, _)| known.id == id)
        };
        if self.found.read_untracked().as_ref().is_some_and(held) {
            self.found.update(|found| {
                if let Some(found) = found {
                    found.hits.retain(|(known, _)| known.id != id);
                    found.archived.retain(|(known, _)| known.id != id);
                }
            });
        }
    }

    /// The list of the archived ones, or back to the others.
    pub fn show_archived(self, archived: bool) {
        self.archived.set(archived);
        let unread = !matches!(*self.archived_pages.read_untracked(), Pages::Read(_) | Pages::Reading);
        if archived && unread {
            self.read_archived(None);
        }
    }

    /// The first page of the archived ones, or the one after a cursor.
    pub fn read_archived(self, cursor: Option<String>) {
        self.archived_pages.set(Pages::Reading);
        spawn_local(async move {
            let page = api::find_conversations(String::new(), true, cursor).await;
            if !self.alive() {
                return;
            }
            let pages = match page {
                Ok(page) => {
                    self.put_all(page.conversations);
                    Pages::Read(page.next_cursor)
                }
                Err(problem) if problem.code == ErrorCode::NotFound => Pages::Read(None),
                Err(problem) => Pages::Failed(problem),
            };
            self.archived_pages.set(pages);
        });
    }
}
