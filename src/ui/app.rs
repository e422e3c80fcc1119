//! The HTML document and its pages.

use super::{
    address::{Address, Place},
    chat::menu::CurrentTheme,
    kit::changing,
    pages::{chat::ChatPage, not_found::NotFound},
    platform,
    texts::{landing::landing_texts, texts},
};
use crate::types::page::{ANSWERED, Preferences};
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use std::sync::OnceLock;

/// Both faces that the first screen is set in.
const FONTS: [&str; 2] = ["/fonts/hanken-grotesk.woff2", "/fonts/bricolage-grotesque-700.woff2"];

/// The service worker (`public/sw.js`) comes after everything else, where the browser allows one: what it fetches would
/// share the line with the page's code, until that says that the page is `live`. It hears which page is left, and which has
/// a new answer that is seen (asking for a page marks it as read), to keep it for reading without a network; with it the
/// empty page, whose list leads there, where that may have changed. A conversation that the page cannot have then is loaded
/// from there, if it was kept.
const WORKER: &str = "if('serviceWorker'in navigator){\
    const come=()=>navigator.serviceWorker.register('/sw.js').catch(()=>{});\
    addEventListener('load',()=>document.body.dataset.hydrated?come():document.addEventListener('live',come,{once:true}));\
    let last;const keep=path=>{if(navigator.onLine)navigator.serviceWorker.controller?.postMessage({keep:path})},\
    both=()=>{keep(last=location.pathname);keep('/chat')};\
    document.addEventListener('visibilitychange',()=>{if(document.hidden)both()});\
    document.addEventListener('answered',()=>{if(!document.hidden&&!navigator.connection?.saveData)\
    last==location.pathname?keep(last):both()});\
    document.addEventListener('unreachable',async()=>{\
    if(navigator.serviceWorker.controller&&await caches.match(location.pathname))location.reload()})}";

/// What the program has answered needs not be sent again: see [`code`].
fn answered() -> String {
    format!(
        "{{const id=document.cookie.match(/\\b{ANSWERED}=([\\da-f-]{{36}})/)?.[1];\
         if(id)try{{document.cookie='{ANSWERED}=;Path=/chat;Max-Age=0';localStorage.removeItem('squad.outbox.'+id)}}catch{{}}}}"
    )
}

/// A conversation is read from its end, or from the message that the address asks for: before the page's code is there too.
/// A reader who goes up by then stays where she is (`moved`).
const TO_END: &str = "{const t=document.querySelector('.thread'),m=t&&/^#[\\da-f-]{36}$/.test(location.hash)\
    &&t.querySelector(`[data-id=\"${location.hash.slice(1)}\"]`);\
    if(m)m.scrollIntoView();else if(t)t.parentNode.scrollTop=t.offsetHeight;\
    if(t){const view=t.parentNode;let top=view.scrollTop;\
    view.addEventListener('scroll',()=>{if(view.scrollTop<top-1)view.dataset.moved='';top=view.scrollTop},{passive:true})}}";

/// A press beside a sheet closes it, and nothing more: the browser would press what stands dimmed behind it, too. `width` as
/// in the stylesheet; a notice (`manual`) stands above all sheets.
const BESIDE_SHEET: &str = "{let sheet;\
    addEventListener('pointerdown',({target})=>{\
    const top=matchMedia('(width < 64rem)').matches&&[...document.querySelectorAll('[popover=auto]:popover-open')].pop();\
    sheet=top&&!top.contains(target)&&!target.closest('[popover=manual]')&&top},true);\
    addEventListener('click',e=>{if(sheet&&e.detail){e.preventDefault();e.stopImmediatePropagation();sheet.hidePopover()}\
    sheet=0},true)}";

/// Of a copy that the service worker had: nobody could be reached, whatever it looked like when it was kept.
fn out_of_reach(offline: &str) -> String {
    format!(
        "{{const p=document.querySelector('[data-kept] .presence');if(p){{p.dataset.state='offline';\
         for(const n of p.childNodes)if(n.nodeType==3)n.data={offline:?}}}}}"
    )
}

/// Loads the page's code once its words are seen, which would share the line and the processor with them: a frame that was
/// asked for is not there yet. A page in the background draws nothing, and none waits for ever. Code that is in the
/// browser's cache is there before a page that comes slowly: what it is taken over with stands at its end. Code that does not
/// come is asked for again, later and later: by `fetch` first, because many browsers remember for a page's whole life that a
/// module could not be loaded. Where it cannot run, the page is loaded anew until its answer is there.
///
/// A page whose form the browser itself has sent is left alone: the next one is on its way. A message is put into the outbox
/// ([`crate::ui::chat::state::outbox`] says in what form) with the form's own id: nobody may get it. A kept copy
/// of a page has the same id each time: other words with it take a new one. The program tells by a
/// cookie that it did ([`ANSWERED`]); else the next page that is live sends it again, and it is taken once. `live` tells the
/// program that nobody has to wait for the whole answer. A page that is still there long after the program has given up
/// goes on by itself.
///
/// What else was typed into a page that goes before it is live is kept as a draft. The button that was pressed last, where
/// only the code can do what it is for, is pressed again once the page is live, unless something else was done since.
fn code(options: LeptosOptions) -> impl IntoView {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    let script = SCRIPT.get_or_init(|| {
        // It tells which parts of the code are files of their own, and knows the names; its own tags load all at once.
        let tags = view! { <HydrationScripts options /> }.to_html();
        let named = |end| tags.split('"').find(|part| part.ends_with(end)).unwrap_or_default();
        let (js, wasm) = (named(".js"), named(".wasm"));
        format!(
            "{{let asked,live,sent,late,begin,wait=1e3;\
             const field=()=>document.querySelector('.composer-field'),place=()=>location.pathname.split('/')[2],\
             rest=()=>{{const words=field()?.value??'';return sent&&words.startsWith(sent)?words.slice(sent.length):words}},\
             file=url=>fetch(url).then(answer=>{{if(!answer.ok)throw TypeError(url);return answer}}),\
             text=url=>file(url).then(answer=>answer.text()),start=()=>{{if(sent==null&&begin){{live=1;begin()}}}};\
             const forget=()=>{{if(late)late.ariaBusy=null;late=0}};\
             addEventListener('input',forget);addEventListener('keydown',forget);\
             addEventListener('click',({{target}})=>{{forget();\
             const button=!live&&target.closest('button[type=button]:not([popovertarget])');\
             if(button){{late=button;button.ariaBusy='true'}}}});\
             document.addEventListener('live',()=>{{const button=late;forget();if(button)button.click()}},{{once:true}});\
             addEventListener('submit',e=>{{if(live)return;const {{target,submitter}}=e;\
             if(target.method!='post')return e.preventDefault();\
             target.ariaBusy='true';sent='';\
             const {{message,client_message_id:id,coach}}=target.elements,open=place();\
             if(id&&message.value.trim()&&!submitter?.name)try{{\
             const key='squad.outbox.',words='\\n'+message.value.trim(),item=localStorage[key+id.value];\
             if(item&&!item.endsWith(words))id.value=crypto.randomUUID();sent=message.value;localStorage[key+id.value]=\
             `message ${{id.value}} ${{Date.now()}} ${{open?'in '+open:'new '+id.value}} ${{coach?.value??''}}`+words}}catch{{}}\
             setTimeout(()=>{{if(field())field().value=rest();sent=target.ariaBusy=null;start()}},45e3)}});\
             addEventListener('pagehide',()=>{{const words=!live&&rest();\
             if(words&&words.trim())try{{const key='squad.draft.'+(place()||'new'),draft=localStorage[key]||'';\
             if(!draft.includes(words))localStorage[key]=draft?draft+'\\n'+words:words}}catch{{}}}});\
             addEventListener('formdata',({{target,formData}})=>{{\
             if(target.method=='post'&&self.WebAssembly&&wait==1e3)formData.set('live',1)}});\
             addEventListener('pageshow',e=>{{if(e.persisted&&sent!=null)location.reload()}});\
             const go=()=>asked??=Promise.all([text(\"{js}\").then(code=>Promise.all(\
             [...new Set(code.match(/__wasm_split\\.[\\w-]+\\.js/g))].map(name=>text('/pkg/'+name)))).then(()=>import(\"{js}\")),file(\"{wasm}\")])\
             .then(([code,module_or_path])=>code.default({{module_or_path}}).then(()=>{{\
             const ready=()=>{{begin=()=>{{begin=0;code.hydrate()}};start()}};\
             document.readyState=='loading'?addEventListener('DOMContentLoaded',ready):\
             document.hidden?ready():setTimeout(ready)}}))\
             .catch(gone=>{{setTimeout(()=>{{asked=null;go()}},wait*=2);\
             if(!(gone instanceof TypeError))setTimeout(()=>{{\
             if(!field()?.value&&document.querySelector('.composer-running'))location.reload()}},5e3);throw gone}});\
             document.hidden?go():new PerformanceObserver(go).observe({{type:'paint',buffered:true}});setTimeout(go,2000)}}"
        )
    });
    view! { <script nonce=platform::nonce() inner_html=script.as_str()></script> }
}

/// The document around the app.
pub fn shell(options: LeptosOptions) -> AnyView {
    // the other pages do all they do without code in the browser
    let live = matches!(Place::of(&platform::path()), Place::Chat(_));
    document(options, live, || view! { <App /> }.into_any())
}

/// The document around a page; the server knows language and theme before the first byte. `live`: the page's code is
/// loaded.
pub fn document(options: LeptosOptions, live: bool, page: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    let preferences = use_context::<Preferences>().unwrap_or_default();
    let words = texts(preferences.lang);
    let description = landing_texts(preferences.lang).description;
    view! {
        <!DOCTYPE html>
        <html lang=preferences.lang.code() data-theme=preferences.theme.as_str()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
                <meta name="theme-color" content=platform::theme_colour(preferences.theme) />
                <meta name="description" content=description />
                <link rel="icon" href="/favicon.ico" sizes="32x32" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                {open_graph("og:type", "website".to_owned())}
                {open_graph("og:title", words.product.to_owned())}
                {open_graph("og:description", description.to_owned())}
                {open_graph("og:image", format!("{}/icons/social-card.png", platform::origin()))}
                <meta name="twitter:card" content="summary_large_image" />
                {FONTS
                    .map(|font| {
                        view! { <link rel="preload" href=font r#as="font" type="font/woff2" crossorigin="anonymous" /> }
                    })}
                <HashedStylesheet id="leptos" options=options.clone() />
                <AutoReload options=options.clone() />
                {live.then(|| code(options))}
                <MetaTags />
                <script nonce=platform::nonce() inner_html=WORKER></script>
            </head>
            <body data-hydrated=(!live).then_some("true")>
                {page()}
                <script nonce=platform::nonce() inner_html=format!("{TO_END}{BESIDE_SHEET}{}{}", answered(), out_of_reach(words.offline))></script>
            </body>
        </html>
    }
    .into_any()
}

/// A document that only the program draws, with what its parts read from their context.
pub fn still(options: LeptosOptions, page: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    document(options, false, move || {
        provide_meta_context();
        let preferences = platform::preferences();
        provide_context(texts(preferences.lang));
        provide_context(CurrentTheme(RwSignal::new(preferences.theme)));
        page()
    })
}

/// What other sites show of a link to here.
fn open_graph(property: &'static str, content: String) -> impl IntoView {
    leptos::html::meta().attr("property", property).content(content)
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let preferences = platform::preferences();
    provide_context(preferences);
    provide_context(texts(preferences.lang));
    provide_context(CurrentTheme(RwSignal::new(preferences.theme)));
    let address = Address::start();
    provide_context(address);
    // another conversation is the same page
    let page = Memo::new(move |_| match address.place() {
        Place::Chat(_) => Place::Chat(Ok(None)),
        other => other,
    });
    let draw = move || match page.get() {
        Place::Landing => platform::landing(),
        Place::Chat(_) => view! { <ChatPage /> }.into_any(),
        Place::Nowhere => view! { <NotFound /> }.into_any(),
    };
    view! { {changing(draw)} }
}
