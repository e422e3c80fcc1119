//! What is offered now.

use super::{
    Group,
    actions::action_words,
    options::{Action, Choice, begins, conversations, matched, wanted},
};
use crate::{
    types::{chat::ConversationStatus, page::Theme},
    ui::{
        chat::state::{
            Chat,
            branches::{can_be_edited, last_question},
            search::Found,
        },
        hooks::media,
        kit::PresenceState,
        texts::{Texts, sheets::SheetTexts},
    },
};
use leptos::prelude::*;

/// What there is to choose, in its groups.
pub(super) fn offered(
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

/// The actions that make sense now.
fn sensible(chat: Chat) -> Vec<Action> {
    let open = chat.conversation.read();
    let open = open.as_ref().filter(|_| !chat.gone.get());
    let status = open.map(|open| open.status);
    let entries = chat.entries.read();
    let editable = || last_question(&entries).is_some_and(|last| can_be_edited(&last.wait.read()));
    let there = |yes: bool, action| yes.then_some(action);
    let network = chat.presence.get() != PresenceState::Offline;
    [
        there(chat.current.read().is_some() && !chat.is_stopping(), Action::Stop),
        there(
            status.is_some() || chat.gone.get() || !entries.is_empty(),
            Action::NewChat,
        ),
        there(chat.away.get() && !entries.is_empty(), Action::Latest),
        there(chat.editing.of.read().is_none() && editable(), Action::Edit),
        there(open.is_some_and(|open| chat.is_listed(open)), Action::Rename),
        open.map(|open| Action::Pin(!open.pinned)),
        there(status == Some(ConversationStatus::Active), Action::Archive(true)),
        there(status == Some(ConversationStatus::Archived), Action::Archive(false)),
        there(status.is_some() && network, Action::Export("markdown")),
        there(status.is_some() && network, Action::Export("json")),
        there(status.is_some(), Action::Delete),
        there(!chat.list.read().is_empty(), Action::ShowArchived),
        Some(Action::Theme),
        there(network, Action::Language),
        Some(Action::Settings),
        Some(Action::About),
        there(!media::touch(), Action::Keys),
        there(network && !chat.list.read().is_empty(), Action::Runs),
    ]
    .into_iter()
    .flatten()
    .collect()
}
