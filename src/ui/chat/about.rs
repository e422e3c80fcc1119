//! What the squad knows of the artist: her own words, the only thing coaches are told beside the conversation. Below it,
//! the ways to take everything along and to be forgotten.

use super::{
    erase::erase,
    sheets::{cause, reading},
    state::Chat,
};
use crate::{
    api,
    types::{error::ErrorCode, profile::Profile},
    ui::{
        kit::{ButtonKind, Dialog, Field, FieldKind, Icon, PresenceState, changing, effect, icon},
        texts::sheets::{SheetTexts, sheet_texts},
    },
};
use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;

const DAY: &str = "about-release-date";

/// A line of the sheet, and where it is in the profile.
#[derive(Clone, Copy)]
struct Line {
    id: &'static str,
    /// As the program names it when it refuses it.
    name: &'static str,
    value: fn(&mut Profile) -> &mut String,
}

const LINES: [Line; 4] = [
    Line {
        id: "about-name",
        name: "artist_name",
        value: |profile| &mut profile.artist_name,
    },
    Line {
        id: "about-style",
        name: "music_style",
        value: |profile| &mut profile.music_style,
    },
    Line {
        id: "about-spotify",
        name: "spotify_url",
        value: |profile| &mut profile.spotify_url,
    },
    Line {
        id: DAY,
        name: "release_date",
        value: |profile| &mut profile.release_date,
    },
];

/// What is wrong: with a line of that id, or with none of them.
type Wrong = Option<(Option<&'static str>, &'static str)>;

#[derive(Clone, Copy)]
struct Form {
    chat: Chat,
    /// What the squad has; `None` until it was read.
    kept: StoredValue<Option<Profile>>,
    /// What the fields were told to show.
    given: RwSignal<Profile>,
    typed: RwSignal<Profile>,
    wrong: RwSignal<Wrong>,
    saving: RwSignal<bool>,
    saved: RwSignal<bool>,
    /// Words that were not saved are here: from the last time, or since nobody could be reached.
    left: RwSignal<bool>,
    /// Nobody could be reached to save them.
    away: StoredValue<bool>,
}

pub fn about(chat: Chat) -> AnyView {
    let texts = sheet_texts(chat.lang);
    let erasing = RwSignal::new(false);
    let title = Signal::derive(move || {
        if erasing.get() {
            texts.erase_title
        } else {
            chat.texts().about_me
        }
    });
    // stands here, so that what was typed is still there after a look at the second step
    let form = Form::new(chat);
    effect(move || {
        if chat.presence.get() == PresenceState::Online && form.away.get_value() {
            form.save();
        }
    });
    let first = move || {
        let content = reading(chat, api::load_profile, move |profile| {
            form.start(profile);
            fields(form)
        });
        view! {
            <p class="sheet-lead">{texts.about_lead}</p>
            {content}
            {data(chat, erasing)}
        }
        .into_any()
    };
    let content = move || if erasing.get() { erase(chat, erasing) } else { first() };
    view! {
        <Dialog title on_closed=Callback::new(move |()| form.close())>
            <div class="sheet-body" data-testid="about-sheet">
                {changing(content)}
            </div>
        </Dialog>
    }
    .into_any()
}

impl Form {
    fn new(chat: Chat) -> Self {
        Self {
            chat,
            kept: StoredValue::new(None),
            given: RwSignal::default(),
            typed: RwSignal::default(),
            wrong: RwSignal::new(None),
            saving: RwSignal::new(false),
            saved: RwSignal::new(false),
            left: RwSignal::new(false),
            away: StoredValue::new(false),
        }
    }

    /// With what the squad has, or with what was typed since; also after a look at the second step.
    fn start(self, profile: Profile) {
        if self.kept.get_value().is_none() {
            let unsaved = self.chat.unsaved.try_update(Option::take).flatten();
            let mut typed = unsaved.unwrap_or_else(|| profile.clone());
            if let Some(about) = self.chat.proposed.try_update(Option::take).flatten() {
                put(&mut typed, &about);
            }
            self.left.set(typed != profile);
            self.typed.set(typed);
            self.kept.set_value(Some(profile));
        }
        self.given.set(self.typed.get_untracked());
    }

    fn change(self, change: impl FnOnce(&mut Profile)) {
        self.typed.update(change);
        self.saved.set(false);
        // what she is in the midst of is not saved for her
        if self.away.try_update_value(std::mem::take) == Some(true) {
            self.wrong.set(None);
            self.left.set(true);
        }
    }

    /// Words that were not saved wait for the next time.
    fn close(self) {
        let typed = self.typed.get_untracked();
        if self.kept.get_value().is_some_and(|kept| kept != typed) {
            self.chat.unsaved.set(Some(typed));
        }
        self.chat.sheet.set(None);
    }

    fn save(self) {
        if self.saving.get_untracked() {
            return;
        }
        self.wrong.set(None);
        self.saved.set(false);
        self.left.set(false);
        self.away.set_value(false);
        let texts = sheet_texts(self.chat.lang);
        if half_a_day() {
            return self.refuse(Some(DAY), texts.not_a_day);
        }
        self.saving.set(true);
        spawn_local(async move {
            let sent = self.typed.get_untracked();
            let answer = api::save_profile(sent.clone()).await;
            if self.saving.try_set(false).is_some() {
                // the sheet was closed meanwhile
                if let Ok(profile) = answer {
                    self.greet(&profile);
                    self.chat.unsaved.try_set(None);
                }
                return;
            }
            match answer {
                Ok(profile) => {
                    self.greet(&profile);
                    self.kept.set_value(Some(profile.clone()));
                    self.given.set(profile.clone());
                    if *self.typed.read_untracked() == sent {
                        self.typed.set(profile);
                        self.saved.set(true);
                    }
                }
                Err(problem) => {
                    self.away.set_value(problem.code == ErrorCode::Unavailable);
                    let name = problem.detail.split(':').next().unwrap_or_default();
                    let line = LINES.iter().find(|line| line.name == name);
                    match line.filter(|_| problem.code == ErrorCode::Invalid) {
                        Some(line) => self.refuse(Some(line.id), (texts.wrong)(line.name)),
                        None => self.refuse(None, cause(self.chat, &problem)),
                    }
                }
            }
        });
    }

    fn refuse(self, id: Option<&'static str>, words: &'static str) {
        self.wrong.set(Some((id, words)));
        if let Some(field) = id.and_then(input) {
            let _ = field.focus();
        }
    }

    /// The page calls her by her name at once.
    fn greet(self, profile: &Profile) {
        let name = Some(profile.artist_name.clone()).filter(|name| !name.is_empty());
        self.chat.artist_name.try_set(name);
    }
}

/// What a coach's link says, a fact each: `artist_name=Nova&identity_defined=true`. What it does not name stays.
fn put(profile: &mut Profile, about: &str) {
    let Ok(said) = web_sys::UrlSearchParams::new_with_str(about) else {
        return;
    };
    for Line { name, value, .. } in LINES {
        if let Some(words) = said.get(name) {
            *value(profile) = words;
        }
    }
    profile.identity_defined |= said.get("identity_defined").is_some_and(|said| said == "true");
    profile.fan_base_started |= said.get("fan_base_started").is_some_and(|said| said == "true");
}

fn input(id: &str) -> Option<web_sys::HtmlInputElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// A day of which only a part was typed has no value, and the browser knows that it is not empty.
fn half_a_day() -> bool {
    input(DAY).is_some_and(|field| !field.check_validity())
}

fn fields(form: Form) -> AnyView {
    let texts = sheet_texts(form.chat.lang);
    let lines: Vec<_> = LINES.into_iter().map(|line| field(form, line, texts)).collect();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        form.save();
    };
    let outcome = move || {
        let told = |words: &'static str, testid: &'static str, glyph: Icon| {
            view! { <p class="sheet-saved" role="status" data-testid=testid>{icon(glyph, 16)} {words}</p> }.into_any()
        };
        match form.wrong.get() {
        Some((None, words)) => Some(
            view! { <p class="sheet-problem" role="alert" data-testid="about-problem">{icon(Icon::Warning, 16)} {(texts.not_saved)(words)}</p> }
                .into_any(),
        ),
        _ if form.saved.get() => Some(told(texts.saved, "about-saved", Icon::Check)),
        _ if form.left.get() => Some(told(texts.not_saved_yet, "about-unsaved", Icon::Pencil)),
        _ => None,
    }
    };
    view! {
        <form class="about" novalidate=true on:submit=submit>
            {lines}
            <fieldset class="ticks">
                <legend class="field-label">{texts.about_done}</legend>
                {tick(form, "about-identity", texts.identity_defined, |profile| &mut profile.identity_defined)}
                {tick(form, "about-fans", texts.fan_base_started, |profile| &mut profile.fan_base_started)}
            </fieldset>
            <div class="about-foot">
                {changing(outcome)}
                <button
                    type="submit"
                    class=ButtonKind::Action.class()
                    data-testid="about-save"
                    aria-busy=move || form.saving.get().to_string()
                >
                    <span class="button-spinner spinner" aria-hidden="true"></span>
                    {texts.save}
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn field(form: Form, line: Line, texts: &'static SheetTexts) -> AnyView {
    let Line { id, name, value } = line;
    let (label, kind, hint, placeholder) = match name {
        "artist_name" => (texts.name, FieldKind::Words, "", ""),
        "music_style" => (texts.style, FieldKind::Words, "", texts.style_example),
        "spotify_url" => (texts.spotify, FieldKind::Link, "", "https://open.spotify.com/artist/…"),
        _ => (texts.release_date, FieldKind::Day, texts.release_date_hint, ""),
    };
    let given = Signal::derive(move || value(&mut form.given.get()).clone());
    let problem = Signal::derive(move || {
        form.wrong
            .get()
            .filter(|(at, _)| *at == Some(id))
            .map(|(_, words)| words)
    });
    let on_typed = Callback::new(move |text: String| {
        if form
            .wrong
            .with_untracked(|wrong| wrong.is_some_and(|(at, _)| at == Some(id)))
        {
            form.wrong.set(None);
        }
        form.change(|profile| *value(profile) = text);
    });
    view! { <Field id label kind hint placeholder given problem on_typed /> }.into_any()
}

fn tick(form: Form, testid: &'static str, words: &'static str, value: fn(&mut Profile) -> &mut bool) -> AnyView {
    let now = form.typed.with_untracked(|typed| *value(&mut typed.clone()));
    let change = move |event: ev::Event| {
        let on = event_target_checked(&event);
        form.change(|profile| *value(profile) = on);
    };
    view! {
        <label class="tick">
            <input type="checkbox" data-testid=testid checked=now on:change=change />
            <span>{words}</span>
        </label>
    }
    .into_any()
}

/// All of it is hers: to take along, or to be gone.
fn data(chat: Chat, erasing: RwSignal<bool>) -> AnyView {
    let texts = sheet_texts(chat.lang);
    view! {
        <section class="own-data">
            <h3 class="field-label">{texts.own_data}</h3>
            <p class="field-hint">{texts.own_data_text}</p>
            <div class="own-data-ways">
                <a class=ButtonKind::Outline.class() href="/api/export" download="" rel="external" data-testid="export-all">
                    {icon(Icon::Download, 16)}
                    {texts.export_all}
                </a>
                <button
                    type="button"
                    class="button button-quiet button-danger"
                    data-testid="erase-all"
                    on:click=move |_| erasing.set(true)
                >
                    {icon(Icon::Trash, 16)}
                    {texts.erase_all}
                </button>
            </div>
        </section>
    }
    .into_any()
}
