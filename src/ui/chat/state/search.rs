//! Finding conversations by words in their titles and messages.

use super::{Chat, Pages};
use crate::{
    api,
    types::{chat::*, error::*, ids::ConversationId},
    ui::{hooks::found, platform},
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// After the last key.
const PAUSE: Duration = Duration::from_millis(150);

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
async fn find(words: String, archived: bool, cursor: Option<String>) -> Result<(Vec<Hit>, Option<String>), Problem> {
    match api::find_conversations(words, archived, cursor).await {
        Ok(page) => {
            let hits = page.hits.unwrap_or_default();
            Ok((page.conversations.into_iter().zip(hits).collect(), page.next_cursor))
        }
        Err(problem) if problem.code == ErrorCode::NotFound => Ok((Vec::new(), None)),
        Err(problem) => Err(problem),
    }
}

impl Found {
    /// All of them, the archived ones last.
    pub fn all(&self) -> impl Iterator<Item = &Hit> {
        self.hits.iter().chain(&self.archived)
    }
}

/// A field's search: what was found for its words, and the number of the search, since answers to former ones come too
/// late.
#[derive(Clone, Copy, Default)]
pub struct Search {
    /// `None` without words.
    pub found: RwSignal<Option<Found>>,
    turn: StoredValue<u32>,
}

impl Search {
    /// Searches a little later, unless other words come before; no words end the search.
    pub fn look(self, words: &str) {
        let words = words.trim().to_owned();
        let known = |found: &Found| found.words == words && !found.reading && found.problem.is_none();
        if self.found.read_untracked().as_ref().is_some_and(known) {
            return;
        }
        let turn = self.next();
        // what is marked was found for other words
        found::unmark();
        if words.is_empty() {
            return self.found.set(None);
        }
        self.found.update(|found| {
            let found = found.get_or_insert_default();
            found.words = words;
            found.reading = true;
        });
        set_timeout(move || self.look_now(turn), PAUSE);
    }

    /// Once more, after a failure.
    pub fn again(self) {
        let failed = |found: &Found| found.problem.is_some();
        if self.found.read_untracked().as_ref().is_some_and(failed) {
            self.look_now(self.next());
        }
    }

    fn next(self) -> u32 {
        self.turn.update_value(|turn| *turn += 1);
        self.turn.get_value()
    }

    fn is_late(self, turn: u32) -> bool {
        self.turn.try_get_value() != Some(turn)
    }

    fn look_now(self, turn: u32) {
        if self.is_late(turn) {
            return;
        }
        let Some(words) = self.found.with_untracked(|found| Some(found.as_ref()?.words.clone())) else {
            return;
        };
        spawn_local(async move {
            let mut found = Found {
                words,
                reading: true,
                ..Found::default()
            };
            for archived in [false, true] {
                match find(found.words.clone(), archived, None).await {
                    Ok((hits, more)) => {
                        *(if archived { &mut found.archived } else { &mut found.hits }) = hits;
                        found.more[usize::from(archived)] = more;
                    }
                    Err(problem) => found.problem = Some(problem),
                }
                found.reading = !archived && found.problem.is_none();
                if self.is_late(turn) {
                    return;
                }
                self.found.set(Some(found.clone()));
                if found.problem.is_some() {
                    return;
                }
            }
        });
    }

    /// The next page of what was found. What is here stays when it fails, and the way to ask again with it.
    pub fn more(self, archived: bool, failed: impl FnOnce() + 'static) {
        let turn = self.turn.get_value();
        let Some((words, cursor)) = self.found.with_untracked(|found| {
            let found = found.as_ref().filter(|found| !found.reading_more)?;
            Some((found.words.clone(), found.more[usize::from(archived)].clone()?))
        }) else {
            return;
        };
        let change = move |work: &dyn Fn(&mut Found)| {
            if !self.is_late(turn) {
                self.found.update(|found| found.iter_mut().for_each(work));
            }
        };
        change(&|found| found.reading_more = true);
        spawn_local(async move {
            let page = find(words, archived, Some(cursor)).await;
            change(&|found| {
                found.reading_more = false;
                if let Ok((hits, more)) = &page {
                    let list = if archived { &mut found.archived } else { &mut found.hits };
                    list.extend(hits.iter().cloned());
                    found.more[usize::from(archived)].clone_from(more);
                }
            });
            if page.is_err() && !self.is_late(turn) {
                failed();
            }
        });
    }

    /// It is gone.
    pub(super) fn lose(self, id: ConversationId) {
        let held = |found: &Found| found.all().any(|(known, _)| known.id == id);
        if self.found.read_untracked().as_ref().is_some_and(held) {
            self.found.update(|found| {
                if let Some(found) = found {
                    found.hits.retain(|(known, _)| known.id != id);
                    found.archived.retain(|(known, _)| known.id != id);
                }
            });
        }
    }
}

impl Chat {
    pub fn more_hits(self, archived: bool) {
        let unavailable = (self.texts().cause)(ErrorCode::Unavailable);
        self.search
            .more(archived, move || self.announced.set(unavailable.to_owned()));
    }

    /// The newest hit.
    pub fn open_first(self) {
        let first = self.search.found.with_untracked(|found| {
            let (known, hit) = found.as_ref()?.all().next()?;
            Some((known.id, hit.clone()))
        });
        if let Some((id, hit)) = first {
            self.open_at(id, hit.message_id, &hit.snippet);
            self.focus_composer();
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
        platform::with_extras(move |extras| (extras.read_archived)(self, cursor));
    }

    /// For the extras: does so.
    pub fn ask_archived(self, cursor: Option<String>) {
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
