//! Both engines, for tests that hold for either.

use super::{
    Artist, TestApp,
    app::{SQUAD, environment},
    process::Process,
};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Embedded,
    #[cfg(feature = "temporal")]
    Temporal,
}

/// The same test for both.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod embedded {
            $(#[tokio::test] async fn $test() { super::$test(crate::support::engine::On::Embedded).await })*
        }
        #[cfg(feature = "temporal")]
        mod temporal {
            $(#[tokio::test] async fn $test() { super::$test(crate::support::engine::On::Temporal).await })*
        }
    };
}
pub(crate) use on_both_engines;

/// Programs on one database and one engine.
pub struct Squad {
    pub app: TestApp,
    variables: Vec<(&'static str, String)>,
    on: On,
}

impl Squad {
    pub async fn start(on: On) -> Self {
        let variables = match on {
            On::Embedded => Vec::new(),
            #[cfg(feature = "temporal")]
            On::Temporal => super::temporal::variables(&super::temporal::shared().await),
        };
        let app = TestApp::with(&pairs(&variables)).await;
        Self { app, variables, on }
    }

    /// Another program beside it, and its address.
    pub async fn beside(&self, role: &str) -> (Process, String) {
        let variables = environment(&self.app.database.url(), &self.app.fake.url, &pairs(&self.variables));
        let mut process = Process::start(SQUAD, &[role], &variables);
        let ready = process.ready().await;
        (process, ready)
    }

    /// After a death; a Temporal server finds out by itself that nothing is heard any more.
    pub async fn lease_is_out(&self) {
        if self.on == On::Embedded {
            let out = "update generations set lease_until = now() - interval '1 second' where state = 'running'";
            self.app.database.run(out).await;
        }
    }
}

pub fn pairs<'a>(variables: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// A generation as a run, from outside.
pub async fn workflow(artist: &Artist, generation: &str) -> Value {
    artist.get(&format!("/api/workflows/{generation}/status")).await.ok(200)
}

/// The number of the process that runs it.
pub async fn runner(artist: &Artist, generation: &str) -> u32 {
    let workflow = workflow(artist, generation).await;
    let process = workflow["process"].as_str().unwrap();
    process.rsplit_once(':').unwrap().1.parse().unwrap()
}
