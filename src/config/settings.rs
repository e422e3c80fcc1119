//! The program's settings, from the environment (or a `.env` file). An empty variable counts as absent.

use crate::{
    domain::{answers::KeepAnswers, limits::LimitSetting},
    providers::llm::ApiKey,
};
use ipnet::IpNet;
use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr};

/// A variable is wrong; the text says which, and how to write it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(pub String);

type Result<T> = std::result::Result<T, SettingError>;

/// Where the environment comes from; a function in tests.
type Get<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What no log shows: an address with a password in it, a token.
#[derive(Clone)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub addr: SocketAddr,
    pub data_dir: PathBuf,
    /// `None`: the embedded PostgreSQL.
    pub database_url: Option<String>,
    /// `None`: this process keeps for itself what several could share.
    pub redis_url: Option<Secret>,
    /// `None`: the embedded engine.
    pub temporal: Option<TemporalSettings>,
    pub limits: LimitSetting,
    pub keep_answers: KeepAnswers,
    /// Scheme and host under which the page is reached, without a slash at the end.
    pub public_url: Option<String>,
    pub trusted_proxies: Vec<IpNet>,
    /// Whoever knows it sees every artist's runs and figures. `None`: nobody does.
    pub owner_token: Option<Secret>,
    /// A small model may be asked who should answer.
    pub ask_model: bool,
    pub providers: ProviderSettings,
}

/// The Temporal server that runs generations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporalSettings {
    /// Host and port.
    pub address: String,
    pub namespace: String,
    /// Squads on one namespace need one each, or they take each other's generations.
    pub task_queue: String,
}

#[derive(Clone, Debug, Default)]
pub struct ProviderSettings {
    pub provider: Option<String>,
    pub model: Option<String>,
    pub anthropic: Option<Access>,
    pub openai: Option<Access>,
    pub openrouter: Option<Access>,
}

/// How to reach a provider.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub key: Option<ApiKey>,
    pub base_url: Option<String>,
}

impl Settings {
    pub fn from_env() -> Result<Self> {
        Self::read(&|name| std::env::var(name).ok())
    }

    pub fn read(get: Get<'_>) -> Result<Self> {
        let get = |name: &str| {
            get(name)
                .map(|value| value.trim().to_string())
                .filter(|value| !value.is_empty())
        };
        let addr = get("SQUAD_ADDR").unwrap_or_else(|| "127.0.0.1:3000".into());
        let limits = get("SQUAD_LIMITS").unwrap_or_else(|| "50/hour".into());
        let keep_answers = get("SQUAD_ANSWER_CACHE").unwrap_or_else(|| "1h".into());
        Ok(Self {
            addr: addr.parse().map_err(|_| {
                SettingError(format!(
                    "SQUAD_ADDR={addr:?} is not an address. Write an IP and a port, like 127.0.0.1:3000"
                ))
            })?,
            data_dir: get("SQUAD_DATA_DIR").unwrap_or_else(|| "./data".into()).into(),
            database_url: get("DATABASE_URL"),
            redis_url: get("REDIS_URL").map(Secret),
            temporal: get("TEMPORAL_ADDRESS")
                .map(|address| temporal(&address, &get))
                .transpose()?,
            limits: LimitSetting::from_str(&limits).map_err(|error| SettingError(error.to_string()))?,
            keep_answers: KeepAnswers::from_str(&keep_answers).map_err(|error| SettingError(error.to_string()))?,
            public_url: get("SQUAD_PUBLIC_URL").map(|url| public_url(&url)).transpose()?,
            trusted_proxies: get("SQUAD_TRUSTED_PROXIES").map_or_else(|| Ok(Vec::new()), |list| proxies(&list))?,
            owner_token: get("SQUAD_OWNER_TOKEN").map(owner_token).transpose()?,
            ask_model: match get("SQUAD_ROUTER").as_deref() {
                None | Some("auto") => true,
                Some("words") => false,
                Some(other) => {
                    return Err(SettingError(format!(
                        "SQUAD_ROUTER={other:?} is unknown. Write auto or words"
                    )));
                }
            },
            providers: providers(&get)?,
        })
    }
}

/// Fewer characters could be guessed.
const SHORTEST_OWNER_TOKEN: usize = 24;

fn owner_token(token: String) -> Result<Secret> {
    if token.chars().count() < SHORTEST_OWNER_TOKEN || token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(SettingError(format!(
            "SQUAD_OWNER_TOKEN is too easy to guess, or has characters no header takes. It needs at least \
             {SHORTEST_OWNER_TOKEN} letters and digits; openssl rand -hex 24 makes one"
        )));
    }
    Ok(Secret(token))
}

fn public_url(url: &str) -> Result<String> {
    let url = url.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains('/') => Ok(url.to_ascii_lowercase()),
        _ => Err(SettingError(format!(
            "SQUAD_PUBLIC_URL={url:?} is not an address. Write scheme and host, like https://squad.example.org"
        ))),
    }
}

fn temporal(address: &str, get: Get<'_>) -> Result<TemporalSettings> {
    let place = address.strip_prefix("http://").unwrap_or(address);
    let good = place
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && !place.contains('/') && port.parse::<u16>().is_ok());
    if !good {
        return Err(SettingError(format!(
            "TEMPORAL_ADDRESS={address:?} is not an address. Write host and port, like 127.0.0.1:7233"
        )));
    }
    Ok(TemporalSettings {
        address: place.into(),
        namespace: get("TEMPORAL_NAMESPACE").unwrap_or_else(|| "default".into()),
        task_queue: get("TEMPORAL_TASK_QUEUE").unwrap_or_else(|| "squad".into()),
    })
}

fn proxies(list: &str) -> Result<Vec<IpNet>> {
    list.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            item.parse::<IpNet>().or_else(|_| item.parse::<std::net::IpAddr>().map(IpNet::from)).map_err(|_| {
                SettingError(format!(
                    "SQUAD_TRUSTED_PROXIES: {item:?} is neither an IP address nor a network. Write them like 10.0.0.1, 10.1.0.0/16"
                ))
            })
        })
        .collect()
}

fn providers(get: &dyn Fn(&str) -> Option<String>) -> Result<ProviderSettings> {
    let access = |key: &str, base: &str, key_needed: bool| {
        let (key, base_url) = (get(key).map(ApiKey::new), get(base));
        let set = key.is_some() || (!key_needed && base_url.is_some());
        set.then_some(Access { key, base_url })
    };
    let settings = ProviderSettings {
        provider: get("SQUAD_PROVIDER"),
        model: get("SQUAD_MODEL"),
        anthropic: access("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", true),
        openai: access("OPENAI_API_KEY", "OPENAI_BASE_URL", false),
        openrouter: access("OPENROUTER_API_KEY", "OPENROUTER_BASE_URL", true),
    };
    let missing = match settings.provider.as_deref() {
        Some("anthropic") if settings.anthropic.is_none() => Some("ANTHROPIC_API_KEY"),
        Some("openai") if settings.openai.is_none() => Some("OPENAI_API_KEY or OPENAI_BASE_URL"),
        Some("openrouter") if settings.openrouter.is_none() => Some("OPENROUTER_API_KEY"),
        None | Some("anthropic" | "openai" | "openrouter" | "demo") => None,
        Some(other) => {
            return Err(SettingError(format!(
                "SQUAD_PROVIDER={other:?} is unknown. Write anthropic, openai, openrouter or demo"
            )));
        }
    };
    if let (Some(missing), Some(provider)) = (missing, &settings.provider) {
        return Err(SettingError(format!(
            "SQUAD_PROVIDER={provider} needs {missing}, which is not set"
        )));
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Settings> {
        Settings::read(&|name| {
            vars.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_string())
        })
    }

    #[test]
    fn with_nothing_set_the_defaults_hold() {
        let settings = read(&[("DATABASE_URL", " "), ("ANTHROPIC_API_KEY", "")]).unwrap();
        assert_eq!(settings.addr.to_string(), "127.0.0.1:3000");
        assert!(settings.database_url.is_none() && settings.providers.anthropic.is_none() && settings.ask_model);
    }

    #[test]
    fn every_error_names_its_variable() {
        for (name, value) in [
            ("SQUAD_ADDR", "here"),
            ("SQUAD_LIMITS", "many"),
            ("SQUAD_ANSWER_CACHE", "for ever"),
            ("SQUAD_PUBLIC_URL", "squad.example.org"),
            ("SQUAD_TRUSTED_PROXIES", "10.0.0.1,me"),
            ("SQUAD_ROUTER", "dice"),
            ("TEMPORAL_ADDRESS", "here"),
            ("TEMPORAL_ADDRESS", "https://temporal.test:7233"),
            ("SQUAD_PROVIDER", "oracle"),
            ("SQUAD_PROVIDER", "anthropic"),
            ("SQUAD_OWNER_TOKEN", "only-twenty-three-chars"),
            ("SQUAD_OWNER_TOKEN", "twenty-four chars and more"),
        ] {
            let SettingError(text) = read(&[(name, value)]).unwrap_err();
            assert!(text.contains(name), "{text}");
        }
    }

    #[test]
    fn a_local_server_needs_no_key_and_secrets_print_stars() {
        let settings = read(&[
            ("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1"),
            ("ANTHROPIC_API_KEY", "sk-secret"),
            ("REDIS_URL", "redis://:sk-secret@127.0.0.1"),
            ("SQUAD_OWNER_TOKEN", "sk-secret-of-the-owner-of-this"),
        ])
        .unwrap();
        assert!(settings.providers.openai.is_some());
        assert!(!format!("{settings:?}").contains("sk-secret"));
    }
}
