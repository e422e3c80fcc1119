//! How options look.

use super::{
    Group, Palette,
    actions::{action_words, sign},
    element_id,
    options::{Action, Choice},
};
use crate::{
    types::{chat::ConversationStatus, coach::CoachId},
    ui::{
        chat::search::marked,
        kit::{Button, PresenceState, icon, key, plectrum, spinner},
        squad::coach_style,
        texts::format::when,
    },
};
use leptos::{ev, prelude::*};

impl Palette {
    pub(super) fn groups(self) -> AnyView {
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
                let (glyph, hint) = sign(*action, self.theme.get(), self.texts);
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
    pub(super) fn state(self) -> Option<AnyView> {
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
    pub(super) fn told(self) -> String {
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
