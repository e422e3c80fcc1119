//! The palette: one field that finds conversations, coaches and actions.
//!
//! Titles that are known answer at once, the server's search of titles and messages a little later. The focus stays in the
//! field; arrows, Home and End move among the options, which the field names by `aria-activedescendant`. What is chosen
//! is done once the dialog has closed and given the focus back.

mod actions;
mod options;

use super::{
    search::marked,
    state::{
        Chat,
        search::{Found, Search},
    },
};
use crate::{
    types::{chat::ConversationStatus, coach::CoachId, page::Theme},
    ui::{
        chat::menu::current_theme,
        hooks::{
            frame,
            keyboard::{calls_palette, composing},
            media,
        },
        kit::{
            Button, Dialog, Icon, IconButton, PresenceState, changing, changing_text, effect, icon, key, plectrum,
            spinner,
        },
        squad::coach_style,
        texts::{
            Texts,
            format::{Today, when},
            sheets::{SheetTexts, sheet_texts},
        },
    },
};
pub use actions::act;
use actions::{action_words, sensible};
use leptos::{ev, html, prelude::*};
pub use options::Action;
use options::{Choice, begins, conversations, matched, wanted};

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
            today: Today::told(media::now(), media::utc_offset_minutes()).by_clock(media::twelve_hours()),
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

    fn groups(self) -> AnyView {
        let draw = |(group, choices): &(Group, Vec<Choice>)| {
            let (id, label) = match group {
                Group::Conversations if self.typed.with(|typed| typed.trim().is_empty()) => {
                    ("palette-group-0", self.sheet_texts.palette_recent)
                }
                Group::Conversations => ("palette-group-0", self.texts.conversations),
                Group::Coaches => ("palette-group-1", self.sheet_texts.palette_coaches),
                Group::Actions => ("palette-group-2", self.sheet_texts.palette_actions),
            };
            let rows: Vec<AnyView> = choices.iter().map(|choice| self.row(choice)).collect();
            view! {
                <div role="group" aria-labelledby=id>
                    <p id=id class="palette-label" role="presentation">
                        {label}
                    </p>
                    {rows}
                </div>
            }
            .into_any()
        };
        let groups: Vec<AnyView> = self.options.read().iter().map(draw).collect();
        view! { {groups} }.into_any()
    }

    fn row(self, choice: &Choice) -> AnyView {
        let key = choice.key();
        let id = element_id(&key);
        let (lead, words, note) = self.parts(choice);
        let class = match choice {
            Choice::Conversation { .. } => "palette-option palette-conversation",
            _ => "palette-option",
        };
        let selected = {
            let key = key.clone();
            move || self.active.with(|active| active.as_ref() == Some(&key)).to_string()
        };
        let hover = {
            let key = key.clone();
            move |event: ev::MouseEvent| {
                // a list that moves under a resting pointer is no choice
                let rests = event.movement_x() == 0 && event.movement_y() == 0;
                if !rests && self.active.with_untracked(|active| active.as_ref() != Some(&key)) {
                    self.moved.set(Some(key.clone()));
                }
            }
        };
        view! {
            <div
                id=id
                class=class
                role="option"
                data-testid="palette-option"
                aria-selected=selected
                on:mousemove=hover
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| self.choose(&key)
            >
                <span class="palette-lead">{lead}</span>
                <span class="palette-words">{words}</span>
                <span class="palette-note">{note}</span>
            </div>
        }
        .into_any()
    }

    /// What stands on the left, in the middle and on the right of an option.
    fn parts(self, choice: &Choice) -> (AnyView, AnyView, AnyView) {
        let coach = |id: &CoachId| self.chat.squad.with_value(|squad| squad.get(id));
        match choice {
            Choice::Conversation {
                known, title, snippet, ..
            } => {
                let archived = known.status == ConversationStatus::Archived;
                let sign = if known.running {
                    spinner().into_any()
                } else {
                    view! { <i></i> }.into_any()
                };
                let style = coach_style(&coach(&known.current_coach));
                let lead = view! {
                    <span class="row-sign" style=style>
                        {sign}
                    </span>
                };
                let note = if snippet.is_empty() {
                    when(self.texts, &self.today, known.last_message_at).into_any()
                } else {
                    marked(snippet).into_any()
                };
                let tag = archived.then(|| view! { <span class="palette-tag">{self.texts.archived}</span> }.into_any());
                (
                    lead.into_any(),
                    marked(title).into_any(),
                    view! { {tag} {note} }.into_any(),
                )
            }
            Choice::Talk(id) => {
                let coach = coach(id);
                let words = (self.sheet_texts.talk_to)(&coach.name);
                (plectrum(&coach, 24), words.into_any(), coach.role.clone().into_any())
            }
            Choice::Continue { coach: id, title, .. } => {
                let coach = coach(id);
                let words = (self.texts.continue_with)(&coach.name);
                (plectrum(&coach, 24), words.into_any(), title.clone().into_any())
            }
            Choice::Do(action) => {
                let (glyph, hint) = match action {
                    Action::NewChat => (Icon::Compose, self.texts.new_chat_keys),
                    Action::Stop => (Icon::Square, "Esc"),
                    Action::Latest => (Icon::ArrowDown, ""),
                    Action::Edit => (Icon::Pencil, "↑"),
                    Action::Rename => (Icon::Pencil, ""),
                    Action::Pin(_) => (Icon::Pin, ""),
                    Action::Archive(_) | Action::ShowArchived => (Icon::Archive, ""),
                    Action::Delete => (Icon::Trash, ""),
                    Action::Export("json") => (Icon::Braces, ""),
                    Action::Export(_) => (Icon::Download, ""),
                    Action::Theme if self.theme.get() == Theme::Dark => (Icon::Sun, ""),
                    Action::Theme => (Icon::Moon, ""),
                    Action::Language => (Icon::Languages, ""),
                    Action::Settings => (Icon::Sliders, ""),
                    Action::About => (Icon::Person, ""),
                    Action::Keys => (Icon::Keyboard, "?"),
                    Action::Runs => (Icon::Clock, ""),
                };
                let note = match action {
                    Action::Export("json") => "JSON".into_any(),
                    Action::Export(_) => "Markdown".into_any(),
                    _ if hint.is_empty() => ().into_any(),
                    _ => key(hint).into_any(),
                };
                let words = action_words((self.texts, self.sheet_texts), self.theme.get(), *action);
                (icon(glyph, 20), words.into_any(), note)
            }
        }
    }

    /// Below the options: on its way, nothing, or why it failed.
    fn state(self) -> Option<AnyView> {
        let none = self.active.with(Option::is_none);
        let (reading, problem) = self.search.found.with(|found| {
            found.as_ref().map_or((false, None), |found| {
                (found.reading, found.problem.as_ref().map(|problem| problem.code))
            })
        });
        if let Some(code) = problem {
            let words = if self.chat.presence.get() == PresenceState::Offline {
                self.sheet_texts.palette_offline
            } else {
                (self.texts.cause)(code)
            };
            return Some(
                view! {
                    <div class="palette-state" role="alert">
                        <p>{words}</p>
                        <Button on_press=Callback::new(move |()| self.search.again())>{self.texts.retry}</Button>
                    </div>
                }
                .into_any(),
            );
        }
        match (none, reading) {
            (true, true) => Some(
                view! {
                    <div class="palette-state palette-state-late">
                        {spinner()} <p>{self.texts.searching}</p>
                    </div>
                }
                .into_any(),
            ),
            (true, false) => Some(
                view! {
                    <div class="palette-state palette-none">
                        <p>{self.nothing()}</p>
                        <p>{self.sheet_texts.nothing_found_hint}</p>
                    </div>
                }
                .into_any(),
            ),
            _ => None,
        }
    }

    fn nothing(self) -> String {
        self.typed.with(|typed| (self.sheet_texts.nothing_found)(typed.trim()))
    }

    /// What a screen reader hears.
    fn told(self) -> String {
        let count = self
            .options
            .with(|options| options.iter().map(|(_, choices)| choices.len()).sum());
        match count {
            _ if self.typed.with(|typed| typed.trim().is_empty()) => String::new(),
            0 if self
                .search
                .found
                .with(|found| found.as_ref().is_some_and(|found| found.reading)) =>
            {
                self.texts.searching.to_owned()
            }
            0 => self.nothing(),
            count => (self.sheet_texts.palette_results)(count),
        }
    }
}

/// What there is to choose, in its groups.
fn offered(
    chat: Chat,
    texts: (&'static Texts, &'static SheetTexts),
    theme: RwSignal<Theme>,
    typed: &str,
    found: Option<&Found>,
) -> Vec<(Group, Vec<Choice>)> {
    let wanted = wanted(typed);
    let open = chat.conversation.read().as_ref().map(|open| open.id);
    let list = chat.list.read();
    let found = if typed.trim().is_empty() || !wanted.is_empty() {
        // what was found for fewer words stays until the answer comes, all else goes
        let found = found.filter(|found| typed.trim().starts_with(&found.words));
        conversations(&list, open, &wanted, found.into_iter().flat_map(Found::all).cloned())
    } else {
        // only signs: no word to find
        Vec::new()
    };
    let fits = |words: &str| (typed.trim().is_empty() || !wanted.is_empty()) && matched(words, &wanted).is_some();
    let coaches = chat.squad.with_value(|squad| {
        let fitting = squad.all().iter().filter(|coach| {
            fits(&format!(
                "{} {} {}",
                (texts.1.talk_to)(&coach.name),
                coach.role,
                coach.field
            ))
        });
        let choices = fitting.flat_map(|coach| {
            let last = list.iter().find(|known| {
                known.current_coach == coach.id && known.status == ConversationStatus::Active && Some(known.id) != open
            });
            // to go on is offered to who asks for this coach
            let last = last.filter(|_| !wanted.is_empty()).map(|known| Choice::Continue {
                coach: coach.id.clone(),
                id: known.id,
                title: known.title.clone(),
            });
            [Some(Choice::Talk(coach.id.clone())), last]
        });
        choices.flatten().collect::<Vec<_>>()
    });
    let label = |action: &Action| action_words(texts, theme.get(), *action);
    let actions: Vec<Action> = sensible(chat)
        .into_iter()
        .filter(|action| fits(&format!("{} {}", label(action), action.also())))
        .collect();
    // who types how an action begins means it, whatever conversations hold that word, unless one is called so
    let titled =
        |choice: &Choice| matches!(choice, Choice::Conversation { known, .. } if begins(&known.title, &wanted));
    let called = actions.iter().any(|action| begins(label(action), &wanted)) && !found.iter().any(titled);
    let actions = (Group::Actions, actions.into_iter().map(Choice::Do).collect());
    let mut groups = vec![(Group::Conversations, found), (Group::Coaches, coaches), actions];
    groups.rotate_right(called.into());
    groups.into_iter().filter(|(_, choices)| !choices.is_empty()).collect()
}
