//! What a node takes of the machine while it is attacked, and whether its friends notice.

use std::fs;
use std::time::{Duration, Instant};

use crate::harness::{Home, Node, until_within};

/// A friend's post is there after so long, and an own command is answered, however busy the machine.
pub(crate) const SECONDS: Duration = Duration::from_secs(15);
/// What an attack may add to a node's memory.
const GROWTH_KIB_MAX: u64 = 60 * 1024;
/// The ticks in which the system counts a process's time (`getconf CLK_TCK`, the same on every Linux).
const TICK: Duration = Duration::from_millis(10);

/// A node's use of the machine at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vitals {
    pub(crate) memory_kib: u64,
    pub(crate) cpu: Duration,
    pub(crate) files: usize,
    at: Instant,
}

impl Vitals {
    pub(crate) fn of(node: &Node<'_>) -> Self {
        let process = format!("/proc/{}", node.pid());
        let stat = fs::read_to_string(format!("{process}/stat")).unwrap();
        // Behind the name, which may hold anything, come the fields from the third on.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split(' ').collect();
        let ticks = |field: usize| fields[field - 2].parse::<u32>().unwrap();
        Self {
            memory_kib: node.memory_kib(),
            cpu: TICK * (ticks(14) + ticks(15)),
            files: fs::read_dir(format!("{process}/fd")).unwrap().count(),
            at: Instant::now(),
        }
    }

    /// Cores used from then to now.
    pub(crate) fn cores_since(&self, before: &Self) -> f64 {
        let wall = self.at - before.at;
        (self.cpu - before.cpu).as_secs_f64() / wall.as_secs_f64()
    }

    /// Holds what an attack took against its bounds.
    #[track_caller]
    pub(crate) fn assert_bounded_since(&self, before: &Self, files_max: usize, cores_max: f64) {
        let cores = self.cores_since(before);
        eprintln!(
            "memory {} -> {} MiB, files {} -> {}, {cores:.2} cores over {:.1} s",
            before.memory_kib / 1024,
            self.memory_kib / 1024,
            before.files,
            self.files,
            (self.at - before.at).as_secs_f64(),
        );
        assert!(
            self.memory_kib < before.memory_kib + GROWTH_KIB_MAX,
            "memory"
        );
        assert!(self.files < before.files + files_max, "open files");
        assert!(cores < cores_max, "processor");
    }
}

/// Waits until a node does nothing to speak of, and its files are closed again.
#[track_caller]
pub(crate) fn until_calm(node: &Node<'_>, before: &Vitals) {
    until_within(Duration::from_secs(60), "the node calms down", || {
        let now = Vitals::of(node);
        std::thread::sleep(Duration::from_millis(500));
        let then = Vitals::of(node);
        let is_calm = then.cores_since(&now) < 0.1 && then.files <= before.files + 16;
        is_calm.then_some(())
    });
}

/// Two who follow each other and are connected.
pub(crate) fn befriend(one: &Home, other: &Home) {
    one.ask(&["follow", &other.link()]);
    other.ask(&["follow", &one.link()]);
    for (home, whom) in [(one, other), (other, one)] {
        let identity = whom.identity();
        until_within(SECONDS, "friends are connected", || {
            home.is_connected_with(&identity).then_some(())
        });
    }
}

/// A post of one gets to the other within seconds, and both answer their owners. How long it took.
#[track_caller]
pub(crate) fn post_arrives(from: &Home, to: &Home, text: &str) -> Duration {
    let begin = Instant::now();
    from.post(text);
    until_within(SECONDS, "a friend's post is there", || {
        (to.texts(&["timeline"]).first().map(String::as_str) == Some(text)).then_some(())
    });
    let took = begin.elapsed();
    assert!(took < SECONDS, "{took:?}");
    took
}
