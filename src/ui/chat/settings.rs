//! Settings of a chat: provider, model, temperature. What is chosen is kept at once, with the conversation.

use super::{
    facts::{DEMO, provider_name},
    sheets::{cause, reading},
    state::Chat,
};
use crate::{
    api,
    types::{
        chat::ChatSettings,
        error::Problem,
        models::{ModelCard, ProviderCard},
    },
    ui::{
        kit::{Dialog, Icon, Item, changing, changing_list, changing_text, effect, icon},
        texts::{
            format::{cost, decimals},
            sheets::sheet_texts,
        },
    },
};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

/// From so many models on, there is a field to find one.
const MANY: usize = 10;
/// What providers take when nobody says anything else.
const USUAL: f64 = 1.0;

/// What all parts of the sheet share.
#[derive(Clone, Copy)]
struct Choices {
    chat: Chat,
    cards: StoredValue<Vec<ProviderCard>>,
    kept: Memo<ChatSettings>,
    refused: RwSignal<Option<Problem>>,
    /// The last thing that was chosen here.
    wanted: StoredValue<Option<ChatSettings>>,
}

impl Choices {
    fn keep(self, change: impl FnOnce(&mut ChatSettings)) {
        let mut settings = self.kept.get_untracked();
        change(&mut settings);
        self.wanted.set_value(Some(settings.clone()));
        self.refused.set(None);
        self.send(settings);
    }

    fn send(self, settings: ChatSettings) {
        self.chat
            .change_settings(settings, Callback::new(move |why| self.refused.set(why)));
    }

    /// The card that answers: of the chosen provider, if it is still set up, else the squad's own.
    fn card(self) -> Option<ProviderCard> {
        let chosen = self.kept.with(|kept| kept.provider.clone());
        self.cards.with_value(|cards| {
            let find = |test: &dyn Fn(&ProviderCard) -> bool| cards.iter().find(|card| test(card)).cloned();
            chosen
                .and_then(|name| find(&|card| card.provider == name))
                .or_else(|| find(&|card| card.default))
        })
    }
}

pub fn settings(chat: Chat) -> AnyView {
    let content = reading(chat, api::list_models, move |cards| choices(chat, cards));
    view! {
        <Dialog title=chat.texts().chat_settings on_closed=chat.close_sheet()>
            <div class="sheet-body" data-testid="settings-sheet">
                {content}
            </div>
        </Dialog>
    }
    .into_any()
}

fn choices(chat: Chat, cards: Vec<ProviderCard>) -> AnyView {
    let texts = sheet_texts(chat.lang);
    let only_demo = cards.iter().all(|card| card.provider == DEMO);
    let choices = Choices {
        chat,
        cards: StoredValue::new(cards),
        kept: Memo::new(move |_| chat.settings()),
        refused: RwSignal::new(None),
        wanted: StoredValue::new(None),
    };
    // What was chosen while the first message of a new conversation was on its way did not go with it.
    let known = Memo::new(move |_| chat.conversation.read().as_ref().map(|open| open.id));
    let mut was_new = known.get_untracked().is_none();
    effect(move || {
        let now_known = known.get().is_some();
        if was_new && now_known {
            let late = choices.wanted.get_value();
            if let Some(late) = late.filter(|late| *late != choices.kept.get_untracked()) {
                choices.send(late);
            }
        }
        was_new = !now_known;
    });
    let card = Memo::new(move |_| choices.card());
    let models = move || card.get().map(|card| models(choices, card));
    let takes = Memo::new(move |_| {
        let model = choices.kept.with(|kept| kept.model.clone());
        card.with(|card| {
            let card = card.as_ref()?;
            let name = model.as_deref().unwrap_or(&card.default_model);
            card.models
                .iter()
                .find(|model| model.id == name)
                .map(|model| model.temperature)
        })
        .unwrap_or_default()
    });
    let some =
        Memo::new(move |_| card.with(|card| card.iter().flat_map(|card| &card.models).any(|model| model.temperature)));
    let temperature = move || {
        if takes.get() {
            temperature(choices)
        } else {
            view! {
                <p class="field-label">{texts.temperature}</p>
                <p class="field-hint">{texts.temperature_none}</p>
            }
            .into_any()
        }
    };
    let foot = move || match choices.refused.get() {
        Some(problem) => {
            let words = (texts.not_changed)(cause(chat, &problem));
            view! { <p class="sheet-problem" role="alert" data-testid="settings-problem">{icon(Icon::Warning, 16)} {words}</p> }.into_any()
        }
        None => view! { <p class="field-hint">{texts.settings_kept}</p> }.into_any(),
    };
    view! {
        {providers(choices)}
        <div class="field">{changing(models)}</div>
        <div class="temperature" data-some=move || some.get().to_string()>
            {changing(temperature)}
        </div>
        {only_demo.then(|| demo(chat))}
        <div class="sheet-foot">{changing(foot)}</div>
    }
    .into_any()
}

/// How there is more to choose.
fn demo(chat: Chat) -> AnyView {
    let (texts, page) = (sheet_texts(chat.lang), chat.texts());
    view! {
        <div class="sheet-demo" data-testid="settings-demo">
            <p>{texts.settings_demo}</p>
            <p>{page.demo_help}</p>
            <pre class="help-code">{super::banner::KEYS}</pre>
            <p>{page.demo_help_then}</p>
        </div>
    }
    .into_any()
}

fn model_name(chat: Chat, id: &str) -> String {
    if id == DEMO { chat.texts().demo_model } else { id }.to_owned()
}

fn providers(choices: Choices) -> AnyView {
    let texts = sheet_texts(choices.chat.lang);
    let card = move || choices.kept.with(|kept| kept.provider.clone());
    let chosen = Memo::new(move |_| {
        let chosen = card();
        choices.cards.with_value(|cards| {
            let names = cards.iter().map(|card| card.provider.clone());
            names.into_iter().find(|name| Some(name) == chosen.as_ref())
        })
    });
    let option = |id: Option<String>, words: String| {
        let value = id.clone().unwrap_or_default();
        view! {
            <option value=value prop:selected=move || chosen.get() == id>
                {words}
            </option>
        }
        .into_any()
    };
    let options: Vec<_> = choices.cards.with_value(|cards| {
        let own = cards.iter().find(|card| card.default).or(cards.first());
        let automatic = own.map(|card| (texts.automatic_provider)(provider_name(choices.chat.texts(), &card.provider)));
        let automatic = automatic.into_iter().map(|words| option(None, words));
        let named = cards.iter().map(|card| {
            option(
                Some(card.provider.clone()),
                provider_name(choices.chat.texts(), &card.provider).to_owned(),
            )
        });
        automatic.chain(named).collect()
    });
    let choose = move |event: ev::Event| {
        let name = event_target_value(&event);
        choices.keep(|settings| {
            settings.provider = (!name.is_empty()).then_some(name);
            // models belong to their provider
            settings.model = None;
        });
    };
    view! {
        <div class="field">
            <label class="field-label" for="provider">
                {texts.provider}
            </label>
            <div class="select">
                <select id="provider" class="field-input" data-testid="provider-select" on:change=choose>
                    {options}
                </select>
                {icon(Icon::ChevronDown, 16)}
            </div>
        </div>
    }
    .into_any()
}

fn models(choices: Choices, card: ProviderCard) -> AnyView {
    let texts = sheet_texts(choices.chat.lang);
    let ProviderCard {
        default_model,
        mut models,
        ..
    } = card;
    // one that a program named, or that is gone from the list
    let kept = choices.kept.with_untracked(|kept| kept.model.clone());
    if let Some(id) = kept.filter(|id| models.iter().all(|model| model.id != *id)) {
        models.push(ModelCard {
            id,
            input_price: None,
            output_price: None,
            context_window: 0,
            temperature: false,
        });
    }
    let many = models.len() > MANY;
    let words = RwSignal::new(String::new());
    let items = move || {
        let words = words.read().trim().to_ascii_lowercase();
        let found = models
            .iter()
            .filter(|model| words.is_empty() || model.id.to_ascii_lowercase().contains(&words));
        let automatic = words.is_empty().then(|| {
            let line = (texts.automatic_model)(&model_name(choices.chat, &default_model));
            Item::new("", move || row(choices, None, texts.automatic.to_owned(), line))
        });
        let found = found.map(|model| {
            let (id, line) = (model.id.clone(), facts(choices.chat, model));
            let name = model_name(choices.chat, &id);
            Item::new(&model.id, move || row(choices, Some(id), name, line))
        });
        automatic.into_iter().chain(found).collect()
    };
    let find = many.then(|| {
        view! {
            <input
                class="field-input model-find"
                type="search"
                data-testid="model-find"
                autocomplete="off"
                spellcheck="false"
                aria-label=texts.find_model
                placeholder=texts.find_model
                on:input=move |event| words.set(event_target_value(&event))
            />
        }
        .into_any()
    });
    view! {
        <p class="field-label" id="model-label">
            {texts.model}
        </p>
        {find}
        <div class="models" role="radiogroup" aria-labelledby="model-label" data-testid="model-select" data-many=many.to_string()>
            {changing_list(items)}
        </div>
    }
    .into_any()
}

/// `$1 / $5 per million tokens, 200k context`.
fn facts(chat: Chat, model: &ModelCard) -> String {
    let texts = sheet_texts(chat.lang);
    let price = match (model.input_price, model.output_price) {
        (Some(0.0), Some(0.0)) => texts.free.to_owned(),
        (Some(input), Some(output)) => (texts.price)(&cost(chat.lang, input), &cost(chat.lang, output)),
        _ => texts.price_unknown.to_owned(),
    };
    match model.context_window {
        0 => price,
        tokens => format!("{price}, {}", (texts.context)(tokens)),
    }
}

/// One model; `None` is the squad's own choice.
fn row(choices: Choices, id: Option<String>, name: String, line: String) -> AnyView {
    let value = id.clone().unwrap_or_default();
    let chosen = {
        let id = id.clone();
        Memo::new(move |_| choices.kept.with(|kept| kept.model == id))
    };
    let choose = move |_| {
        let id = id.clone();
        choices.keep(|settings| settings.model = id);
    };
    view! {
        <label class="model">
            <input type="radio" class="model-radio" name="model" value=value prop:checked=move || chosen.get() on:change=choose />
            <span class="model-sign" aria-hidden="true">
                {icon(Icon::Check, 16)}
            </span>
            <span class="model-words">
                <span class="model-name">{name}</span>
                <span class="model-line">{line}</span>
            </span>
        </label>
    }
    .into_any()
}

fn temperature(choices: Choices) -> AnyView {
    let texts = sheet_texts(choices.chat.lang);
    let lang = choices.chat.lang;
    let kept = Memo::new(move |_| choices.kept.with(|kept| kept.temperature));
    // what the hand moves, kept when it lets go
    let held = RwSignal::new(None::<f64>);
    let shown = Memo::new(move |_| held.get().or(kept.get()));
    let words = Memo::new(move |_| {
        shown
            .get()
            .map_or_else(|| texts.automatic.to_owned(), |value| decimals(lang, value))
    });
    // a program may have asked for more than the slider offers
    let most = if kept.get_untracked().is_some_and(|value| value > 1.0) {
        2
    } else {
        1
    };
    let position = move || shown.get().unwrap_or(USUAL);
    let part = move || format!("--part:{}%", (position() / f64::from(most) * 100.0).round() as i32);
    let number = |event: &ev::Event| {
        let slider = event.target()?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
        Some(slider.value_as_number()).filter(|value| value.is_finite())
    };
    let moved = move |event: ev::Event| held.set(number(&event));
    let let_go = move |event: ev::Event| {
        let value = number(&event);
        choices.keep(|settings| settings.temperature = value);
        held.set(None);
    };
    let automatic = move |_| choices.keep(|settings| settings.temperature = None);
    let way_back = move || {
        shown.get().is_some().then(|| {
            view! {
                <button type="button" class="temperature-back" data-testid="temperature-automatic" on:click=automatic>
                    {texts.automatic}
                </button>
            }
            .into_any()
        })
    };
    view! {
        <div class="temperature-head">
            <label class="field-label" for="temperature">
                {texts.temperature}
            </label>
            {changing(way_back)}
            <span class="temperature-value" aria-hidden="true">
                {changing_text(move || words.get())}
            </span>
        </div>
        <input
            id="temperature"
            class="slider"
            type="range"
            min="0"
            max=most
            step="0.05"
            data-testid="temperature"
            aria-valuetext=move || words.get()
            style=part
            prop:value=move || position().to_string()
            on:input=moved
            on:change=let_go
        />
        <div class="temperature-ends" aria-hidden="true">
            <span>{texts.precise}</span>
            <span>{texts.playful}</span>
        </div>
    }
    .into_any()
}
