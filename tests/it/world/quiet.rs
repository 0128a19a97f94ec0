//! Who measures time has the machine to themselves.
//!
//! Tests run beside each other and share two cores. A bound on seconds says something only when no
//! other world is at work: [`alone`] waits until there is none and lets none begin meanwhile.

use std::{
    cell::Cell,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

static PRESENT: Mutex<Present> = Mutex::new(Present { worlds: 0, waiting: 0, is_alone: false });
static CHANGED: Condvar = Condvar::new();

thread_local! {
    /// How many worlds the test of this thread has, or whether it is alone: then it is let in.
    static OWN: Cell<usize> = const { Cell::new(0) };
}

struct Present {
    worlds: usize,
    /// How many wait until they are alone: they go before new worlds, or would wait for ever.
    waiting: usize,
    is_alone: bool,
}

/// A world that is at work.
pub(super) struct Presence(());

/// A test that has the machine to itself.
pub(crate) struct Alone(());

fn present() -> MutexGuard<'static, Present> {
    PRESENT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn own(change: impl Fn(usize) -> usize) {
    OWN.set(change(OWN.get()));
}

/// Waits until no world is at work, and keeps it so. To be asked for before a world of one's own.
pub(crate) fn alone() -> Alone {
    assert_eq!(OWN.get(), 0, "two who have a world would wait for each other");
    let mut there = present();
    there.waiting += 1;
    let mut there = CHANGED
        .wait_while(there, |there| there.worlds > 0 || there.is_alone)
        .unwrap_or_else(PoisonError::into_inner);
    there.waiting -= 1;
    there.is_alone = true;
    own(|n| n + 1);
    Alone(())
}

impl Drop for Alone {
    fn drop(&mut self) {
        present().is_alone = false;
        own(|n| n.saturating_sub(1));
        CHANGED.notify_all();
    }
}

impl Presence {
    /// Waits until the world may begin.
    pub(super) fn begin() -> Self {
        let mut there = present();
        // Whoever has a world already must not wait for somebody who waits for its end.
        if OWN.get() == 0 {
            there = CHANGED
                .wait_while(there, |there| there.waiting > 0 || there.is_alone)
                .unwrap_or_else(PoisonError::into_inner);
        }
        there.worlds += 1;
        own(|n| n + 1);
        Self(())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        present().worlds -= 1;
        own(|n| n.saturating_sub(1));
        CHANGED.notify_all();
    }
}
