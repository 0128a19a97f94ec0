//! All clients at the same time: each a thread, each waiting for its answer before it asks again.

use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use crate::Outcome;

/// Lets the clients take turns until all are taken; gives what each turn brought.
///
/// # Errors
/// The first thing that went wrong; nobody begins another turn after it.
pub(crate) fn together<C: Send, T: Send>(
    clients: &mut [C],
    turns: Range<usize>,
    act: impl Fn(&mut C, usize) -> Outcome<T> + Sync,
) -> Outcome<Vec<T>> {
    let next = AtomicUsize::new(turns.start);
    let work = |client: &mut C| {
        let mut brought = Vec::new();
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            if turn >= turns.end {
                return Ok(brought);
            }
            brought
                .push(act(client, turn).inspect_err(|_| next.store(turns.end, Ordering::Relaxed))?);
        }
    };
    thread::scope(|scope| {
        let working: Vec<_> =
            clients.iter_mut().map(|client| scope.spawn(|| work(client))).collect();
        let mut all = Vec::new();
        for thread in working {
            let brought: Outcome<Vec<T>> = thread.join().map_err(|_| "a client ended")?;
            all.extend(brought?);
        }
        Ok(all)
    })
}
