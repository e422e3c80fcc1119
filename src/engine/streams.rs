//! The thread on which providers' streams are read, apart from everything that somebody waits for.
//!
//! Tokens of hundreds of answers arrive one by one, and waking a thread for each costs more than the token itself. So
//! when many streams run, this thread takes a nap of two milliseconds before it waits for the network again, and then
//! finds several tokens at once. With few streams it does not, and the first token is never later than that nap. Nobody
//! waits for it to ask a provider: a new stream ends the nap, and there is none while it connects and sends.

use std::{
    future::Future,
    io,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::runtime::{Builder, Runtime};
use tokio_util::task::AbortOnDropHandle;

/// Fewer streams than this are read without naps.
const MANY: usize = 24;
const NAP: Duration = Duration::from_millis(2);
/// A stream that was opened less long ago may still be connecting.
const OPENING: Duration = Duration::from_millis(3);

/// One thread with a runtime of its own.
pub struct StreamThread {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    running: Arc<AtomicUsize>,
    naps: Arc<Naps>,
}

struct Naps {
    last_opened: Mutex<Instant>,
    opened: Condvar,
}

impl Naps {
    fn take(&self) {
        let last = self.last_opened.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= OPENING {
            // who is woken early finds the new stream
            let _ = self.opened.wait_timeout(last, NAP);
        }
    }

    fn open(&self) {
        *self.last_opened.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.opened.notify_all();
    }
}

impl StreamThread {
    pub fn start() -> io::Result<Self> {
        let running = Arc::new(AtomicUsize::new(0));
        let naps = Arc::new(Naps {
            last_opened: Mutex::new(Instant::now()),
            opened: Condvar::new(),
        });
        let (counted, napping) = (Arc::clone(&running), Arc::clone(&naps));
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("streams")
            .enable_all()
            .on_thread_park(move || {
                if counted.load(Ordering::Relaxed) >= MANY {
                    napping.take();
                }
            })
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
            running,
            naps,
        })
    }

    /// Runs a future there; it is aborted when the handle is dropped.
    pub fn spawn<F>(&self, future: F) -> AbortOnDropHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let count = Counted::new(&self.running);
        self.naps.open();
        let counted = async move {
            let _count = count;
            future.await
        };
        let runtime = self
            .runtime
            .as_ref()
            .map_or_else(tokio::runtime::Handle::current, |runtime| runtime.handle().clone());
        AbortOnDropHandle::new(runtime.spawn(counted))
    }
}

impl Drop for StreamThread {
    fn drop(&mut self) {
        // a runtime may not be dropped where futures run; its tasks are gone with their handles
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(running: &Arc<AtomicUsize>) -> Self {
        running.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(running))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
