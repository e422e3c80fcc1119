//! What goes on as long as the page lives.

use super::{Chat, Go, sending::LEFT_BY_NOW};
use crate::{
    types::error::{ErrorCode, Problem},
    ui::{
        hooks::{feed, media, scroll, storage},
        kit::effect,
        platform,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

impl Chat {
    /// Makes the page live; in the browser, once.
    pub fn start(self, go: Go) {
        self.go.set_value(Some(go));
        self.with_inner(|inner| inner.fresh = Uuid::new_v4());
        feed::start(self.feed_handlers());
        if let Some(about) = take_about() {
            self.propose(&about);
        }
        if let (Some(id), Some(message)) = (self.open_id(), scroll::asked_for()) {
            platform::with_extras(move |extras| (extras.seek)(self, id, message, None));
        }
        storage::on_taken_back(move |id| self.taken_back_elsewhere(id));
        self.restore_outbox();
        self.watch_live();
        let seen = window_event_listener_untyped("visibilitychange", move |_| self.look());
        on_cleanup(move || seen.remove());
        let leaves = window_event_listener_untyped("beforeunload", move |_| {
            self.with_inner(|inner| inner.leaving = true);
            // a link to a phone number leaves, too, and the page stays
            let stays = move || {
                self.with_inner(|inner| inner.leaving = false);
            };
            set_timeout(stays, LEFT_BY_NOW);
        });
        on_cleanup(move || leaves.remove());
        for press in ["pointerdown", "keydown"] {
            let press = window_event_listener_untyped(press, |_| platform::load_extras());
            on_cleanup(move || press.remove());
        }
        // words typed after ↑ go into the last question at once
        if !media::touch() {
            platform::load_extras();
        }
        let mut missed = false;
        effect(move || {
            let was = std::mem::replace(&mut missed, platform::extras_missed());
            if missed {
                // and does not open by surprise, when nobody waits for it any more
                self.sheet.set(None);
                self.renaming.set(None);
                self.editing.end();
                self.fail(Problem::new(ErrorCode::Unavailable, ""));
            } else if was {
                self.is_reached();
            }
        });
        // With the first word, so that an answer does not wait for it, and whoever only reads does not load it.
        let writes = Memo::new(move |_| !self.text.read().is_empty());
        effect(move || {
            if writes.get() {
                spawn_local(platform::load_renderer());
            }
        });
    }

    /// A page view makes no artist, and without one the server has nothing to tell, but that it is back.
    pub fn connect(self) {
        let known = || !self.list.read_untracked().is_empty() || self.conversation.read_untracked().is_some();
        if self.alive() && (platform::kept().is_some() || known()) {
            feed::ensure();
        }
    }
}

/// What the page's address proposes for the artist's sheet, once: a reload does not propose it again.
fn take_about() -> Option<String> {
    let about = window().location().hash().ok()?.strip_prefix("#about?")?.to_owned();
    platform::drop_fragment();
    Some(about)
}
