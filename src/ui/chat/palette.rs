//! The palette: one field that finds conversations, coaches and actions.
//!
//! Titles that are known answer at once, the server's search of titles and messages a little later. The focus stays in the
//! field; arrows, Home and End move among the options, which the field names by `aria-activedescendant`. What is chosen
//! is done once the dialog has closed and given the focus back.
//!
//! An action has a line in `options` (its name), `offer` (when it makes sense) and `actions` (words, icon, what it does).

mod actions;
mod offer;
mod options;
mod view;

use super::state::{Chat, search::Search};
use crate::{
    types::page::Theme,
    ui::{
        chat::menu::current_theme,
        hooks::{
            frame,
            keyboard::{calls_palette, composing},
            media,
        },
        kit::{Dialog, Icon, IconButton, PresenceState, changing, changing_text, effect, icon, key},
        texts::{
            Texts,
            format::Today,
            sheets::{SheetTexts, sheet_texts},
        },
    },
};
pub use actions::act;
use leptos::{ev, html, prelude::*};
use offer::offered;
pub use options::Action;
use options::Choice;

const LIST: &str = "palette-list";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Conversations,
    Coaches,
    Actions,
}

#[derive(Clone, Copy)]
struct Palette {
    chat: Chat,
    texts: &'static Texts,
    sheet_texts: &'static SheetTexts,
    theme: RwSignal<Theme>,
    today: Today,
    typed: RwSignal<String>,
    search: Search,
    options: Memo<Vec<(Group, Vec<Choice>)>>,
    /// The option the artist moved to.
    moved: RwSignal<Option<String>>,
    active: Memo<Option<String>>,
    dialog: NodeRef<html::Dialog>,
    field: NodeRef<html::Input>,
    chosen: StoredValue<Option<Choice>>,
}

pub fn palette(chat: Chat) -> AnyView {
    let palette = Palette::new(chat);
    let Palette { texts, sheet_texts, .. } = palette;
    effect(move || {
        let listener = window_event_listener(ev::keydown, move |event| {
            if calls_palette(&event) {
                palette.close();
            }
        });
        on_cleanup(move || listener.remove());
    });
    effect(move || palette.keep_in_view());
    // what could not be asked without a network
    effect(move || {
        if chat.presence.get() == PresenceState::Online {
            palette.search.again();
        }
    });
    let typed = move |event| {
        palette.typed.set(event_target_value(&event));
        palette.moved.set(None);
        palette.look();
    };
    let expanded = move || palette.active.with(Option::is_some).to_string();
    let active = move || palette.active.get().map(|key| element_id(&key));
    let hint = |name, words: &'static str| {
        view! {
            {key(name)}
            <span>{words}</span>
        }
        .into_any()
    };
    view! {
        <Dialog
            title=texts.palette
            class="dialog-wide palette"
            bare=true
            testid="palette-dialog"
            node_ref=palette.dialog
            on_closed=Callback::new(move |()| palette.closed())
        >
            <div class="palette-head">
                <span class="palette-icon">{icon(Icon::Search, 20)}</span>
                <input
                    node_ref=palette.field
                    class="palette-field"
                    type="text"
                    role="combobox"
                    autofocus=true
                    maxlength="200"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    enterkeyhint="go"
                    data-testid="palette-field"
                    aria-label=texts.palette
                    aria-autocomplete="list"
                    aria-controls=LIST
                    aria-expanded=expanded
                    aria-activedescendant=active
                    placeholder=sheet_texts.palette_field
                    on:input=typed
                    on:keydown=move |event| palette.key(&event)
                />
                <IconButton
                    icon=Icon::Close
                    label=texts.close
                    class="only-narrow"
                    on_press=Callback::new(move |()| palette.close())
                />
            </div>
            <div id=LIST class="palette-list" role="listbox" aria-label=texts.palette>
                {changing(move || palette.groups())}
            </div>
            {changing(move || palette.state())}
            <p class="sr-only" role="status">
                {changing_text(move || palette.told())}
            </p>
            <p class="palette-foot" aria-hidden="true">
                {key("↑")}
                {hint("↓", sheet_texts.palette_move)}
                {hint("↵", sheet_texts.palette_open)}
                {hint("Esc", sheet_texts.palette_close)}
            </p>
        </Dialog>
    }
    .into_any()
}

fn element_id(key: &str) -> String {
    format!("palette-{key}")
}

impl Palette {
    fn new(chat: Chat) -> Self {
        let typed = RwSignal::new(String::new());
        let search = Search::default();
        let moved = RwSignal::new(None::<String>);
        let theme = current_theme();
        let texts = (chat.texts(), sheet_texts(chat.lang));
        let options = Memo::new(move |_| offered(chat, texts, theme, &typed.read(), search.found.read().as_ref()));
        let active = Memo::new(move |_| {
            let options = options.read();
            let mut keys = options.iter().flat_map(|(_, choices)| choices).map(Choice::key);
            let moved = moved.get();
            let first = keys.next();
            match moved {
                Some(moved) if keys.any(|key| key == moved) => Some(moved),
                _ => first,
            }
        });
        Self {
            chat,
            texts: texts.0,
            sheet_texts: texts.1,
            theme,
            today: media::today(),
            typed,
            search,
            options,
            moved,
            active,
            dialog: NodeRef::new(),
            field: NodeRef::new(),
            chosen: StoredValue::new(None),
        }
    }

    /// The dialog tells when it has closed.
    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }

    fn closed(self) {
        self.chat.sheet.set(None);
        if let Some(choice) = self.chosen.try_update_value(Option::take).flatten() {
            self.run(choice);
        }
    }

    fn key(self, event: &ev::KeyboardEvent) {
        if composing(event) || event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key() {
            return;
        }
        let name = event.key();
        let keys: Vec<String> = self.options.with_untracked(|options| {
            let choices = options.iter().flat_map(|(_, choices)| choices);
            choices.map(Choice::key).collect()
        });
        let Some(last) = keys.len().checked_sub(1) else {
            return;
        };
        let active = self.active.get_untracked();
        let at = keys
            .iter()
            .position(|key| Some(key) == active.as_ref())
            .unwrap_or_default();
        let to = match name.as_str() {
            "ArrowDown" if at == last => 0,
            "ArrowDown" => at + 1,
            "ArrowUp" => at.checked_sub(1).unwrap_or(last),
            "Home" => 0,
            "End" => last,
            "Enter" => at,
            _ => return,
        };
        event.prevent_default();
        if name == "Enter" {
            self.choose(&keys[at]);
        } else {
            self.moved.set(keys.get(to).cloned());
        }
    }

    fn choose(self, key: &str) {
        let choice = self.options.with_untracked(|options| {
            let mut choices = options.iter().flat_map(|(_, choices)| choices);
            choices.find(|choice| choice.key() == key).cloned()
        });
        self.chosen.set_value(choice);
        self.close();
    }

    fn look(self) {
        // who has written nothing yet has nothing to find
        if !self.chat.list.read_untracked().is_empty() {
            self.search.look(&self.typed.read_untracked());
        }
    }

    fn keep_in_view(self) {
        let Some(key) = self.active.get() else { return };
        let first = self.moved.with(Option::is_none);
        frame::next_frame(move || {
            let find = |id: &str| document().get_element_by_id(id);
            let (Some(list), Some(option)) = (find(LIST), find(&element_id(&key))) else {
                return;
            };
            let (view, place) = (list.get_bounding_client_rect(), option.get_bounding_client_rect());
            // the label of the first group stands above it
            let above = if first {
                f64::from(list.scroll_top())
            } else {
                view.top() - place.top() + 8.0
            };
            let below = place.bottom() - view.bottom() + 8.0;
            if above > 0.0 {
                list.set_scroll_top(list.scroll_top() - above.ceil() as i32);
            } else if below > 0.0 {
                list.set_scroll_top(list.scroll_top() + below.ceil() as i32);
            }
        });
    }
}
