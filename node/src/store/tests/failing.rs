//! A store that can't go on says so, and confirms nothing more.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::Store;
use super::super::db::DbError;
use super::super::logs::StoreError;
use super::*;

fn damaged() -> StoreError {
    StoreError::Db(DbError::damaged("a test says so"))
}

#[tokio::test]
async fn damage_that_is_noticed_ends_all_confirming() {
    let scratch = tempfile::tempdir().unwrap();
    let (store, _thread) = Store::open(scratch.path(), Vec::new()).unwrap();
    let mut health = store.health();
    let route = |store: Store, name: &'static str| async move {
        store.write(move |logs| logs.remember_route(name, 1)).await
    };
    route(store.clone(), "/ip4/192.0.2.1/tcp/1").await.unwrap();
    store.read::<(), _>(|_| Err(damaged())).await.unwrap_err();
    let what = tokio::time::timeout(Duration::from_secs(10), health.damaged())
        .await
        .unwrap();
    assert!(what.contains("a test says so"), "{what}");
    let refused = route(store.clone(), "/ip4/192.0.2.2/tcp/1")
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::Db(DbError::Poisoned)),
        "{refused}"
    );
}

#[tokio::test]
async fn an_error_that_is_no_damage_changes_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let (store, _thread) = Store::open(scratch.path(), Vec::new()).unwrap();
    store
        .read::<(), _>(|_| Err(StoreError::NoAccount))
        .await
        .unwrap_err();
    store
        .write(|logs| logs.remember_route("/ip4/192.0.2.1/tcp/1", 1))
        .await
        .unwrap();
    let mut health = store.health();
    tokio::time::timeout(Duration::from_millis(50), health.damaged())
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_store_thread_that_panics_is_noticed() {
    let scratch = tempfile::tempdir().unwrap();
    let (store, _thread) = Store::open(scratch.path(), Vec::new()).unwrap();
    let mut health = store.health();
    store
        .read::<(), _>(|_| panic!("on purpose"))
        .await
        .unwrap_err();
    tokio::time::timeout(Duration::from_secs(10), health.damaged())
        .await
        .unwrap();
}

const BROKEN: &str = "HEARTH_TEST_BREAKS_THREAD";

/// The child's work; a process of its own, as what is noted counts for the whole of one.
#[test]
fn child_whose_database_loses_a_thread() {
    if std::env::var_os(BROKEN).is_none() {
        return;
    }
    super::super::watch_panics();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let scratch = tempfile::tempdir().unwrap();
        let (store, _thread) = Store::open(scratch.path(), Vec::new()).unwrap();
        let thread = std::thread::Builder::new().name("sled-io-0".into());
        thread
            .spawn(|| panic!("as sled's would"))
            .unwrap()
            .join()
            .unwrap_err();
        let write = store.write(|logs| logs.remember_route("/ip4/192.0.2.1/tcp/1", 1));
        assert!(matches!(
            write.await.unwrap_err(),
            StoreError::Db(DbError::Poisoned)
        ));
        store.health().damaged().await;
    });
}

#[test]
fn a_lost_thread_of_the_database_is_noticed() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "child_whose_database_loses_a_thread",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(BROKEN, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

const FAILING: &str = "HEARTH_FAIL_WRITES";
const SETTLING: &str = "HEARTH_TEST_SETTLES";

/// The child's work: writes until writing fails, and then tries on.
#[test]
fn child_whose_disk_fails() {
    let (Some(dir), Some(failing)) = (
        std::env::var_os("HEARTH_RECORD_DIR"),
        std::env::var_os(FAILING),
    ) else {
        return;
    };
    let db = open(&Path::new(&dir).join("store"));
    put(&db, 0..50, 1000);
    fs::write(failing, b"").unwrap();
    let mut cause = std::env::var_os(SETTLING).map(|_| {
        loop {
            match db.settle_some() {
                Ok(is_all) => assert!(!is_all, "what failed was confirmed"),
                Err(error) => break error.to_string(),
            }
        }
    });
    for number in 50..60 {
        let mut batch = Batch::default();
        batch.insert(key(number), value(number, 1000));
        let outcome = db.apply(batch).and_then(|()| db.commit());
        let error = outcome.expect_err("a write that failed was confirmed");
        // Whoever comes later is told the same.
        let cause = cause.get_or_insert_with(|| error.to_string());
        assert_eq!(error.to_string(), *cause);
        assert!(matches!(error, DbError::Io(_)), "{error}");
    }
}

/// Writes of sled's own threads fail: nothing is confirmed from then on, and nothing hangs.
#[test]
fn a_disk_that_fails_is_not_believed() {
    fail(None);
}

#[test]
fn whoever_is_refused_after_what_was_written_didnt_settle_is_told_why() {
    fail(Some(SETTLING));
}

#[track_caller]
fn fail(how: Option<&str>) {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("disk");
    fs::create_dir(&dir).unwrap();
    let (trace, failing) = (scratch.path().join("trace"), scratch.path().join("failing"));
    let mut command: Command = power::recorded("child_whose_disk_fails", &dir, &trace);
    let mut child = command
        .env(FAILING, &failing)
        .envs(how.map(|how| (how, "1")))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begin = std::time::Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begin.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success() && failing.exists());
    let db = open(&dir.join("store"));
    assert!((0..50).all(|number| db.value(&key(number)).unwrap() == Some(value(number, 1000))));
}
