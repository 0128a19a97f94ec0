//! A wire between two programs that is slow, or is cut: a proxy of TCP connections on loopback.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use refero_store::Entropy;

/// How bytes pass.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manner {
    /// How long each packet waits, at the most.
    pub(crate) delay: Duration,
    /// Of so many commits that PostgreSQL is sent, one meets a cut: before it, in the middle of it, or after
    /// it, so that nobody hears how it went. None, if it is 0.
    pub(crate) cuts_one_commit_in: u32,
}

/// A wire to one or to several programs, which are connected to in turn.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    targets: Vec<SocketAddr>,
    manner: Mutex<Manner>,
    entropy: Entropy,
    turn: AtomicUsize,
    cuts: AtomicUsize,
    is_over: AtomicBool,
}

/// Where on its way a commit is cut off.
enum Cut {
    Before,
    Within,
    After,
}

impl Wire {
    pub(crate) fn to(targets: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            targets,
            manner: Mutex::default(),
            entropy: Entropy::system(),
            turn: AtomicUsize::new(0),
            cuts: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        });
        let serving = Arc::clone(&inner);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if serving.is_over.load(Ordering::Relaxed) {
                    break;
                }
                // Whom nobody answers is hung up on.
                if let Some(target) = serving.connect() {
                    serving.join(&client, &target);
                }
            }
        });
        Self { address, inner }
    }

    /// Lets bytes pass in another manner from now on.
    pub(crate) fn pass(&self, manner: Manner) {
        *self.inner.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// How often it was cut.
    pub(crate) fn cuts(&self) -> usize {
        self.inner.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.inner.is_over.store(true, Ordering::Relaxed);
        // The listener looks up when somebody comes.
        drop(TcpStream::connect(self.address));
    }
}

impl Inner {
    /// Connects to the next one that answers.
    fn connect(&self) -> Option<TcpStream> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let targets = self.targets.iter().cycle().skip(first % self.targets.len());
        targets.take(self.targets.len()).find_map(|target| TcpStream::connect(target).ok())
    }

    fn join(self: &Arc<Self>, client: &TcpStream, target: &TcpStream) {
        let is_deaf = Arc::new(AtomicBool::new(false));
        for (from, to, is_request) in [(client, target, true), (target, client, false)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let (inner, is_deaf) = (Arc::clone(self), Arc::clone(&is_deaf));
            from.set_nodelay(true).unwrap();
            thread::spawn(move || {
                inner.carry((&from, &to), is_request, &is_deaf);
                // Who has hung up already needs no word.
                drop(from.shutdown(Shutdown::Both));
                drop(to.shutdown(Shutdown::Both));
            });
        }
    }

    /// Carries bytes from one to the other, until the wire is cut or one of them hangs up.
    fn carry(
        &self,
        (mut from, mut to): (&TcpStream, &TcpStream),
        is_request: bool,
        is_deaf: &AtomicBool,
    ) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            let bytes = &buffer[..n];
            let manner = *self.manner.lock().unwrap_or_else(PoisonError::into_inner);
            if !manner.delay.is_zero() {
                let most = u32::try_from(manner.delay.as_millis()).unwrap();
                thread::sleep(Duration::from_millis(self.entropy.below(most + 1).into()));
            }
            let cut = is_request.then(|| self.cut(manner, bytes)).flatten();
            let sent = match cut {
                None if is_deaf.load(Ordering::Relaxed) => continue,
                None => to.write_all(bytes),
                Some(Cut::Before) => break,
                Some(Cut::Within) => to.write_all(&bytes[..n / 2]),
                Some(Cut::After) => {
                    is_deaf.store(true, Ordering::Relaxed);
                    let sent = to.write_all(bytes);
                    // Long enough for it to be carried out.
                    thread::sleep(Duration::from_millis(100));
                    sent
                }
            };
            if cut.is_some() || sent.is_err() {
                break;
            }
        }
    }

    /// Decides whether the wire is cut at these bytes.
    fn cut(&self, manner: Manner, bytes: &[u8]) -> Option<Cut> {
        let commits = bytes.windows(6).any(|word| word.eq_ignore_ascii_case(b"commit"));
        let one_in = manner.cuts_one_commit_in;
        if one_in == 0 || !commits || self.entropy.below(one_in) > 0 {
            return None;
        }
        self.cuts.fetch_add(1, Ordering::Relaxed);
        Some(match self.entropy.below(3) {
            0 => Cut::Before,
            1 => Cut::Within,
            _ => Cut::After,
        })
    }
}
