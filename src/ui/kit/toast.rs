//! A notice with one thing to do, which goes away by itself.

use super::{Icon, effect, icon};
use crate::ui::hooks::focus;
use leptos::{html, prelude::*};
use std::time::Duration;

const STAYS: Duration = Duration::from_secs(8);

/// Shows `notice` while it is there. Pressing it anywhere does what it offers; pointer and focus keep it from going.
/// It is a popover of its own, so that it stands above an open sheet.
#[component]
pub fn Toast(
    #[prop(into)] notice: Signal<Option<String>>,
    action: &'static str,
    testid: &'static str,
    #[prop(into)] on_action: Callback<()>,
    /// The time is over: take the notice away.
    #[prop(into)]
    on_gone: Callback<()>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let held = StoredValue::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(handle) = timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    };
    let start = move || {
        stop();
        let handle = set_timeout_with_handle(move || on_gone.run(()), STAYS).ok();
        timer.try_set_value(handle);
    };
    effect(move || {
        let shown = notice.with(Option::is_some);
        if node.get().is_none() {
            return;
        }
        if shown {
            focus::show_popover(testid);
            start();
        } else {
            stop();
            focus::hide_popover(testid);
        }
    });
    on_cleanup(stop);
    let hold = move |on: bool| {
        held.set_value(on);
        if on {
            stop();
        } else if notice.with_untracked(Option::is_some) {
            start();
        }
    };
    view! {
        <div
            node_ref=node
            id=testid
            class="toast"
            popover="manual"
            role="status"
            data-testid=move || notice.with(Option::is_some).then_some(testid)
            on:click=move |_| on_action.run(())
            on:pointerenter=move |_| hold(true)
            on:pointerleave=move |_| hold(false)
            on:focusin=move |_| hold(true)
            on:focusout=move |_| hold(false)
        >
            <span class="toast-text">{move || notice.get()}</span>
            <button type="button" class="toast-button">
                {icon(Icon::Undo, 16)}
                {action}
            </button>
        </div>
    }
    .into_any()
}
