//! `squad serve`: build everything, say `ready`, and end in order.

use crate::{
    cache::{
        memory::MemoryCache,
        redis::{Redis, SharedCache},
    },
    coaches::{Coach, Squad},
    config::{
        models::Catalogue,
        settings::{Access, ProviderSettings, Settings},
    },
    domain::{
        answers::Answers,
        chat::Chat,
        limits::Limits,
        models::Models,
        ports::{Cache, Clock, Counters, Engine, Fanout, LlmProvider, SystemClock},
        routing::Router,
    },
    engine::{
        embedded::Embedded, hints::Exchange, hub::Hub, log::LogWriter, runs::Parts, streams::StreamThread,
        temporal::Temporal,
    },
    providers::llm::{
        anthropic::{self, AnthropicProvider},
        demo::{DemoCoach, DemoProvider, Pace},
        http_client,
        openai::{self, Dialect, OpenAiProvider},
    },
    server::{self, App, router::router},
    store::{Store, embedded::EmbeddedPostgres},
    telemetry,
    types::lang::Lang,
};
use anyhow::{Context, bail};
use axum::serve::ListenerExt;
use leptos::config::LeptosOptions;
use std::{
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// Connections that may wait to be taken: a thousand chats may open at once.
const LISTEN_BACKLOG: u32 = 4096;
/// Connections to PostgreSQL, beside the log writer's. More does not help: two cores commit no faster, and each prepares
/// every statement for itself.
pub(super) const CONNECTIONS: u32 = 12;
/// Open requests get this long after the answers have ended.
const LAST_REQUESTS: Duration = Duration::from_secs(2);
/// A key is tried once at start; a provider that is slow to say no says it at the first answer instead.
const KEY_CHECK: Duration = Duration::from_millis(700);

/// How often the limits forget artists who have been quiet.
const FORGET_QUIET: Duration = Duration::from_secs(600);

pub fn serve() -> anyhow::Result<()> {
    start(run)
}

/// Runs a role of the program until its end.
pub(super) fn start<F: Future<Output = anyhow::Result<()>>>(role: fn(Settings) -> F) -> anyhow::Result<()> {
    let traces = telemetry::log::start()?;
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok()
        .context("rustls was set up twice")?;
    let settings = Settings::from_env()?;
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    // the main thread starts the embedded database, whose parent-death signal follows the thread
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // half of the machine: providers' streams and PostgreSQL want the rest, and threads that wake each other for
        // every token cost more than they bring
        .worker_threads(cores.div_ceil(2))
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        telemetry::trace::send_from_here();
        telemetry::start(SystemClock.now())?;
        role(settings).await
    });
    if let Some(traces) = traces {
        traces.end();
    }
    outcome
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    let listener = listen(settings.addr)?;
    let address = listener.local_addr()?;
    let (app, embedded) = prepare(settings, open_database).await?;
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    // small events go out at once
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    let server = axum::serve(listener, service).with_graceful_shutdown(app.closing.clone().cancelled_owned());
    let mut server = tokio::spawn(async move { server.await });
    println!("ready http://{}", reachable(address));

    tokio::select! {
        asked = asked_to_end() => asked?,
        ended = &mut server => ended??,
    }
    tracing::info!("ending: running answers get a moment");
    app.chat.engine.shut_down().await;
    app.closing.cancel();
    let _ = tokio::time::timeout(LAST_REQUESTS, server).await;
    app.chat.store.close().await;
    if let Some(embedded) = embedded {
        embedded.stop().await;
    }
    Ok(())
}

/// SIGTERM or Ctrl-C.
pub(super) async fn asked_to_end() -> std::io::Result<()> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
    Ok(())
}

/// Everything that runs answers, running; `database` says whose server it is.
pub(super) async fn prepare<D>(
    settings: Settings,
    database: impl AsyncFn(&Settings) -> anyhow::Result<(Store, D)>,
) -> anyhow::Result<(App, D)> {
    let temporal = settings.temporal.as_ref().map(Temporal::new).transpose()?;
    let catalogue = Arc::new(Catalogue::bundled()?);
    let squad = Arc::new(Squad::load()?);
    let (models, local) = models(&settings.providers, &catalogue, &squad)?;
    let models = Arc::new(models);
    let (database, keys, (), redis) = tokio::join!(
        database(&settings),
        check_keys(&settings.providers),
        learn_local_model(Arc::clone(&models), local),
        open_redis(&settings)
    );
    keys?;
    let (store, embedded) = database?;
    let streams = Arc::new(StreamThread::start()?);
    let app = assemble(settings, store, redis?, temporal, squad, models, streams).await;
    say_mode(&app);
    Ok((app, embedded))
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bind = || {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(LISTEN_BACKLOG)
    };
    bind().map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("{address} is in use by another program. Stop it, or set SQUAD_ADDR to another port (0 picks a free one)")
        }
        std::io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!("{address} may not be used by this user. Set SQUAD_ADDR to a port above 1023")
        }
        _ => anyhow::anyhow!("SQUAD_ADDR: {address} cannot be listened on: {error}"),
    })
}

/// An address a browser can open.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    if !address.ip().is_unspecified() {
        return address;
    }
    SocketAddr::new(std::net::Ipv4Addr::LOCALHOST.into(), address.port())
}

async fn open_database(settings: &Settings) -> anyhow::Result<(Store, Option<EmbeddedPostgres>)> {
    if let Some(url) = &settings.database_url {
        return Ok((Store::open(url, CONNECTIONS).await?, None));
    }
    let embedded = EmbeddedPostgres::start(&settings.data_dir).await?;
    let store = Store::open_with(embedded.options(), CONNECTIONS).await?;
    // whoever owns the data folder serves alone: what a killed program left running goes on at once, not after its lease;
    // a worker that outlived it loses its runs, and is told so by their fences
    let mut system = store.system("leases of a program that is gone").await?;
    let left = system.end_all_leases().await?;
    if left > 0 {
        tracing::info!(left, "answers were cut off when the program ended; they go on");
    }
    Ok((store, Some(embedded)))
}

/// The providers that are set up, and the local server among them whose models it alone knows.
pub(super) fn models(
    settings: &ProviderSettings,
    catalogue: &Arc<Catalogue>,
    squad: &Squad,
) -> anyhow::Result<(Models, Option<Arc<OpenAiProvider>>)> {
    let http = http_client()?;
    let mut local = None;
    let mut providers: Vec<Arc<dyn LlmProvider>> = Vec::new();
    if let Some(Access {
        key: Some(key),
        base_url,
    }) = &settings.anthropic
    {
        let base = base_url.as_deref().unwrap_or(anthropic::BASE_URL);
        let provider = AnthropicProvider::new(http.clone(), base, key, Arc::clone(catalogue));
        providers.push(Arc::new(provider.context("ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL")?));
    }
    if let Some(Access { key, base_url }) = &settings.openai {
        let base = base_url.as_deref().unwrap_or(openai::OPENAI_URL);
        let dialect = Dialect::of_base_url(base);
        let provider = OpenAiProvider::new(http.clone(), base, key.as_ref(), dialect, Arc::clone(catalogue));
        let provider = Arc::new(provider.context("OPENAI_API_KEY, OPENAI_BASE_URL")?);
        if key.is_none() {
            local = Some(Arc::clone(&provider));
        }
        providers.push(provider);
    }
    if let Some(Access { key, base_url }) = &settings.openrouter {
        let base = base_url.as_deref().unwrap_or(openai::OPENROUTER_URL);
        let provider = OpenAiProvider::new(http, base, key.as_ref(), Dialect::OpenRouter, Arc::clone(catalogue));
        providers.push(Arc::new(provider.context("OPENROUTER_API_KEY, OPENROUTER_BASE_URL")?));
    }
    if providers.is_empty() || settings.provider.as_deref() == Some("demo") {
        providers.push(Arc::new(DemoProvider::new(
            squad.iter().map(demo_coach).collect(),
            Pace::HUMAN,
        )));
    }
    let wanted = settings.provider.as_deref();
    let Some(default) = providers
        .iter()
        .map(|provider| provider.name())
        .find(|name| wanted.is_none_or(|wanted| wanted == *name))
    else {
        bail!("SQUAD_PROVIDER={} is not configured", wanted.unwrap_or_default());
    };
    if default == "openai" && settings.model.is_some() {
        local = None;
    }
    let models = Models::new(providers, Arc::clone(catalogue), default, settings.model.clone());
    Ok((models, local))
}

/// A local server's first model is its default. One that does not answer yet is asked again until it does, while the
/// program goes on.
async fn learn_local_model(models: Arc<Models>, local: Option<Arc<OpenAiProvider>>) {
    let Some(local) = local else { return };
    let learning = tokio::spawn(async move {
        let mut pause = Duration::from_secs(1);
        loop {
            match local.first_model().await {
                Ok(model) => return models.set_default_model(local.name(), model),
                Err(error) => tracing::warn!(%error, "OPENAI_BASE_URL: its models could not be read; trying again"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(60));
        }
    });
    let _ = tokio::time::timeout(KEY_CHECK, learning).await;
}

fn demo_coach(coach: &Coach) -> DemoCoach {
    DemoCoach {
        id: coach.id.to_string(),
        name: coach.name.clone(),
        prompt: coach.prompt.clone(),
        replies_fr: coach.demo.get(Lang::Fr).to_vec(),
        replies_en: coach.demo.get(Lang::En).to_vec(),
        opening_fr: coach.opening.get(Lang::Fr).to_string(),
        opening_en: coach.opening.get(Lang::En).to_string(),
    }
}

/// A key that the provider refuses ends the start; one that cannot be tried now does not.
async fn check_keys(settings: &ProviderSettings) -> anyhow::Result<()> {
    let Some(Access {
        key: Some(key),
        base_url,
    }) = &settings.anthropic
    else {
        return Ok(());
    };
    let base = base_url.as_deref().unwrap_or(anthropic::BASE_URL);
    let refused = tokio::time::timeout(KEY_CHECK, anthropic::refuses_key(&http_client()?, base, key)).await;
    if refused.unwrap_or(false) {
        bail!("ANTHROPIC_API_KEY is refused by {base}. Correct it, or unset it for the demo squad");
    }
    Ok(())
}

async fn open_redis(settings: &Settings) -> anyhow::Result<Option<Arc<Redis>>> {
    Ok(match &settings.redis_url {
        Some(url) => Some(Redis::start(&url.0).await?),
        None => None,
    })
}

fn answer_cache(redis: Option<Arc<Redis>>) -> Arc<dyn Cache> {
    match redis {
        Some(redis) => Arc::new(SharedCache::new(redis)),
        None => Arc::new(MemoryCache::default()),
    }
}

async fn assemble(
    settings: Settings,
    store: Store,
    redis: Option<Arc<Redis>>,
    temporal: Option<Temporal>,
    squad: Arc<Squad>,
    models: Arc<Models>,
    streams: Arc<StreamThread>,
) -> App {
    let hub = Hub::default();
    let router = Arc::new(Router::new(&squad));
    let ask_model = settings.ask_model && !models.is_demo();
    let parts = Parts {
        store: store.clone(),
        hub: hub.clone(),
        log: LogWriter::start(store.clone(), hub.clone()),
        squad: Arc::clone(&squad),
        router: Arc::clone(&router),
        models: Arc::clone(&models),
        streams,
        answers: settings
            .keep_answers
            .0
            .map(|keep| Answers::new(answer_cache(redis.clone()), keep)),
        ask_model,
    };
    let engine: Arc<dyn Engine> = match temporal {
        Some(temporal) => temporal.start(parts),
        None => Arc::new(Embedded::start(parts)),
    };
    let woken = Arc::clone(&engine);
    Exchange {
        store: store.clone(),
        hub: hub.clone(),
        fanout: redis.clone().map(|redis| redis as Arc<dyn Fanout>),
        wake: Box::new(move || woken.wake()),
    }
    .start()
    .await;
    let counters = redis.clone().map(|redis| redis as Arc<dyn Counters>);
    let limits = Arc::new(Limits::new(settings.limits, counters));
    let quiet = Arc::clone(&limits);
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(FORGET_QUIET);
        loop {
            tick.tick().await;
            quiet.shrink();
        }
    });
    let chat = Chat {
        store,
        hub,
        engine,
        squad,
        router,
        models,
        limits,
        ask_model,
    };
    App::new(server::Parts {
        chat,
        redis: redis.map(|redis| redis as Arc<dyn Fanout>),
        settings: Arc::new(settings),
        leptos: site(),
        closing: CancellationToken::new(),
    })
}

/// Where the page's files are: as `cargo leptos` says, or beside the program.
pub(super) fn site() -> LeptosOptions {
    if std::env::var_os("LEPTOS_OUTPUT_NAME").is_some()
        && let Ok(configuration) = leptos::config::get_configuration(None)
    {
        return configuration.leptos_options;
    }
    let exe = std::env::current_exe().unwrap_or_default();
    let beside = exe.parent().map(Path::to_path_buf).unwrap_or_default();
    let site: PathBuf = beside.join("site");
    LeptosOptions::builder()
        .output_name("squad")
        .site_root(site.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .hash_files(beside.join("hash.txt").exists())
        .build()
}

fn say_mode(app: &App) {
    let models = &app.chat.models;
    let answers = if models.is_demo() {
        "the demo squad (no key is set; set ANTHROPIC_API_KEY for real answers)".to_string()
    } else {
        format!("{} with {}", models.default_provider(), models.default_model())
    };
    let database = if app.settings.database_url.is_none() {
        format!("embedded PostgreSQL in {}", app.settings.data_dir.display())
    } else {
        "the PostgreSQL of DATABASE_URL".to_string()
    };
    tracing::info!("answers come from {answers}; everything is kept in {database}");
}
