//! A socket in front of PostgreSQL that can lose an answer on its way.

use super::postgres::folder;
use sqlx::postgres::PgConnectOptions;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::Notify,
};

#[derive(Default)]
struct Control {
    lose: AtomicBool,
    lost: Notify,
}

pub struct Proxy {
    options: PgConnectOptions,
    control: Arc<Control>,
}

impl Proxy {
    pub fn before(server: PgConnectOptions) -> Self {
        let name = format!(".s.PGSQL.{}", server.get_port());
        let behind = server.get_socket().unwrap().join(&name);
        let front = folder("proxy");
        let listener = UnixListener::bind(front.join(&name)).unwrap();
        let control = Arc::new(Control::default());
        let shared = Arc::clone(&control);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&behind).await.unwrap();
                tokio::spawn(pass(client, server, Arc::clone(&shared)));
            }
        });
        Self {
            options: server.socket(front),
            control,
        }
    }

    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// The next thing PostgreSQL says is lost, and the connection with it.
    pub fn lose_next_answer(&self) {
        self.control.lose.store(true, Ordering::SeqCst);
    }

    /// Waits until it was.
    pub async fn lost(&self) {
        super::patiently("a lost answer", self.control.lost.notified()).await;
    }
}

async fn pass(client: UnixStream, server: UnixStream, control: Arc<Control>) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let forward = async { tokio::io::copy(&mut from_client, &mut to_server).await.map(drop) };
    let back = async {
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let count = from_server.read(&mut bytes).await?;
            let lose = control.lose.swap(false, Ordering::SeqCst);
            if count == 0 || lose {
                if lose {
                    control.lost.notify_one();
                }
                return Ok::<_, std::io::Error>(());
            }
            to_client.write_all(&bytes[..count]).await?;
        }
    };
    tokio::select! {
        _ = forward => {}
        _ = back => {}
    }
}
