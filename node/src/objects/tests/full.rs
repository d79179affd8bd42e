//! A disk without room, as a limit of file sizes makes it.

use std::process::Command;

use super::*;

const CHILD_DIR: &str = "HEARTH_FULL_TEST_DIR";

/// The child's work, see [`a_full_disk_loses_nothing`]; does nothing in an ordinary test run.
#[tokio::test]
async fn child_whose_disk_is_full() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let place = Place::open(Path::new(&dir)).await;
    let kept = contents(0..6, MIB);
    let all = put(&place.objects, kept[..2].to_vec()).await;
    let refused = place.objects.put_all(kept[2..].to_vec()).await.unwrap_err();
    assert!(matches!(refused, ObjectError::Full(_)), "{refused}");
    assert!(refused.to_string().contains("free some space"), "{refused}");
    place.objects.commit().await.unwrap();
    check_all(&place.objects, &all, &kept[..2]).await;
    let own = std::process::id().to_string();
    let raised = Command::new("prlimit")
        .args(["--pid", &own, "--fsize=unlimited:unlimited"])
        .status();
    assert!(raised.unwrap().success());
    let all = put(&place.objects, kept.clone()).await;
    check_all(&place.objects, &all, &kept).await;
    let puts = place.objects.put_all(kept.clone()).await.unwrap();
    assert!(puts.iter().all(|put| !put.is_new));
    place.close();
    let place = Place::open(Path::new(&dir)).await;
    check_all(&place.objects, &all, &kept).await;
}

#[test]
fn a_full_disk_loses_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    // 4 MiB a file, and an error instead of a signal beyond it.
    let script = "trap '' XFSZ; ulimit -S -f 8192; exec \"$0\" \"$@\"";
    let child = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .args([
            "child_whose_disk_is_full",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CHILD_DIR, scratch.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{said}");
    assert!(file(scratch.path(), 1).exists(), "the child did its work");
}
