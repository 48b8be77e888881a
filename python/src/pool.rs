//! The threads: one rayon pool a process, built at first use, and how a long call waits for them.
//!
//! Rayon's own global pool does not survive `fork`: a child inherits the pool's memory but none of its
//! threads, and waits for them for ever. So the bindings own a pool keyed by process id; a child finds
//! another id than its own and builds anew.

use crate::errors::Error;
use hepadose::progress::Progress;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a waiting call goes without asking Python for pending signals.
const POLL: Duration = Duration::from_millis(50);
const VARIABLE: &str = "HEPADOSE_NUM_THREADS";

struct Shared {
    /// What `set_num_threads` asked for; it comes before the environment.
    wanted: Option<usize>,
    pool: Option<(u32, Arc<ThreadPool>)>,
}

/// Locked only while the GIL is held and for as long, so that `os.fork` never copies it locked.
static SHARED: Mutex<Shared> = Mutex::new(Shared {
    wanted: None,
    pool: None,
});

fn shared() -> MutexGuard<'static, Shared> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pool of this process.
fn current(_py: Python<'_>) -> PyResult<Arc<ThreadPool>> {
    let mut shared = shared();
    let id = std::process::id();
    if let Some((owner, pool)) = &shared.pool
        && *owner == id
    {
        return Ok(Arc::clone(pool));
    }
    // Dropping a parent's pool would talk to threads that do not exist here.
    std::mem::forget(shared.pool.take());
    let pool = Arc::new(build(shared.wanted)?);
    shared.pool = Some((id, Arc::clone(&pool)));
    Ok(pool)
}

fn build(wanted: Option<usize>) -> PyResult<ThreadPool> {
    let available = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = match wanted {
        Some(threads) => threads,
        None => from_environment()?.unwrap_or_else(available),
    };
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("hepadose-{index}"))
        .build()
        .map_err(|error| {
            PyRuntimeError::new_err(format!("the threads could not be started: {error}"))
        })
}

fn from_environment() -> Result<Option<usize>, Error> {
    let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let text = text.to_string_lossy();
    match text.trim().parse() {
        Ok(threads) if threads > 0 => Ok(Some(threads)),
        _ => Err(Error::setting(
            VARIABLE,
            &text,
            "a whole number of at least 1",
        )),
    }
}

/// Whoever shows how far a long call is: made by `hepadose._progress.watch`, nobody where that gives None.
#[derive(Default)]
enum Watcher {
    /// Not asked yet.
    #[default]
    Unknown,
    Nobody,
    Shows(Py<PyAny>),
}

impl Watcher {
    /// Says what was counted. The first call asks who wants to know.
    fn tell(&mut self, py: Python<'_>, (done, total): (u64, u64)) -> PyResult<()> {
        if matches!(self, Self::Unknown) {
            let made = py.import("hepadose._progress")?.call_method0("watch")?;
            *self = if made.is_none() {
                Self::Nobody
            } else {
                Self::Shows(made.unbind())
            };
        }
        match self {
            Self::Shows(watcher) => watcher.call_method1(py, "tell", (done, total)).map(|_| ()),
            Self::Nobody | Self::Unknown => Ok(()),
        }
    }

    /// Takes the display away. Nothing that goes wrong there may cost the result.
    fn close(&mut self) {
        if let Self::Shows(watcher) = std::mem::take(self) {
            Python::attach(|py| {
                if let Err(error) = watcher.call_method0(py, "close") {
                    error.write_unraisable(py, None);
                }
            });
        }
    }
}

/// Runs `work` inside the pool with the GIL released, and stops it when Ctrl-C (or any signal whose
/// handler raises) comes: the `Progress` that `work` reports to is cancelled, and its error is dropped.
/// Whoever watches is told the counts of that `Progress` from time to time.
#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the method by itself is not general over the lifetime"
)]
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Progress) -> T + Send,
) -> PyResult<T> {
    let pool = current(py)?;
    let progress = Progress::new();
    py.detach(|| {
        let (sender, receiver) = channel();
        pool.in_place_scope(|scope| {
            let progress = &progress;
            scope.spawn(move |_| {
                // Nobody listens any more only after a panic of this very function.
                let _ = sender.send(work(progress));
            });
            let (mut stopped, mut watcher) = (Ok(()), Watcher::default());
            loop {
                match receiver.recv_timeout(POLL) {
                    Ok(result) => {
                        watcher.close();
                        return stopped.map(|()| result);
                    }
                    Err(RecvTimeoutError::Timeout) if stopped.is_ok() => {
                        stopped = Python::attach(|py| {
                            py.check_signals()?;
                            watcher.tell(py, progress.count())
                        });
                        if stopped.is_err() {
                            progress.cancel();
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    // The work panicked; the scope passes the panic on as it ends.
                    Err(RecvTimeoutError::Disconnected) => {
                        watcher.close();
                        return Err(PyRuntimeError::new_err("the calculation failed"));
                    }
                }
            }
        })
    })
}

/// How many threads calculate in this process.
#[pyfunction]
pub(crate) fn num_threads(py: Python<'_>) -> PyResult<usize> {
    Ok(current(py)?.current_num_threads())
}

/// Sets how many threads calculate in this process; `None` goes back to the environment's wish.
#[pyfunction]
#[pyo3(signature = (threads, /))]
pub(crate) fn set_num_threads(py: Python<'_>, threads: Option<i64>) -> PyResult<()> {
    let wanted = match threads.map(usize::try_from) {
        None => None,
        Some(Ok(threads)) if threads > 0 => Some(threads),
        _ => {
            let got = threads.unwrap_or_default().to_string();
            return Err(Error::setting("threads", &got, "a whole number of at least 1").into());
        }
    };
    let pool = Arc::new(build(wanted)?);
    let old = {
        let mut shared = shared();
        shared.wanted = wanted;
        shared.pool.replace((std::process::id(), pool))
    };
    match old {
        Some((owner, pool)) if owner == std::process::id() => py.detach(|| drop(pool)),
        other => std::mem::forget(other),
    }
    Ok(())
}
