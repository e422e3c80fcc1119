//! The owner's door: in with the token, out with a button.

use super::RunsPage;
use crate::{types::page::OwnerForm, ui::kit::ButtonKind};
use leptos::prelude::*;

pub fn door(page: &RunsPage) -> AnyView {
    let words = page.words();
    let wrong = match page.owner {
        OwnerForm::Absent => return ().into_any(),
        OwnerForm::Entered => {
            return view! {
                <form method="post" action="/owner/leave" class="owner-leave">
                    <button type="submit" class=ButtonKind::Outline.class() data-testid="owner-leave">
                        {words.owner_leave}
                    </button>
                </form>
            }
            .into_any();
        }
        OwnerForm::Offered => None,
        OwnerForm::Wrong => Some(words.owner_wrong),
        OwnerForm::Wait => Some(words.owner_wait),
    };
    view! {
        <details class="owner" open=wrong.is_some()>
            <summary>{words.owner}</summary>
            <form method="post" action="/owner" class="owner-form">
                <p>{words.owner_lead}</p>
                <label>
                    <span>{words.owner_token}</span>
                    <input
                        type="password"
                        name="token"
                        required
                        autofocus=wrong.is_some()
                        autocomplete="current-password"
                        data-testid="owner-token"
                        aria-invalid=wrong.map(|_| "true")
                        aria-describedby=wrong.map(|_| "owner-wrong")
                    />
                </label>
                {wrong.map(|wrong| view! { <p id="owner-wrong" class="owner-wrong" role="alert">{wrong}</p> })}
                <button type="submit" class=ButtonKind::Inverse.class() data-testid="owner-enter">
                    {words.owner_enter}
                </button>
            </form>
        </details>
    }
    .into_any()
}
