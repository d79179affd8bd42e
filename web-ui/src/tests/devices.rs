//! Own devices.

use super::*;

pub(super) fn pages(text: &str, shell: &Shell) -> [(&'static str, String); 4] {
    let device = |state, is_this| Device {
        key: text.into(),
        is_this,
        state,
        since_ms: 1,
        name: text.into(),
    };
    let all = [
        device(DeviceState::Current, true),
        device(DeviceState::Retired, false),
        device(DeviceState::Cut, false),
    ];
    let device_draft = DeviceDraft {
        name: text.into(),
        stolen: true,
        problem: Some(text.into()),
        is_exposed: true,
    };
    let link = DeviceLinkPage {
        link: text,
        qr: None,
    };
    [
        ("devices", devices(shell, &all)),
        ("a device to add", device_add(shell, &device_draft)),
        ("a device's link", device_link(shell, link)),
        (
            "a device to take out",
            device_remove(shell, &all[0], &device_draft),
        ),
    ]
}

#[test]
fn a_device_is_taken_out_where_it_counts_and_is_another_one() {
    let device = |key: &str, state, is_this| Device {
        key: key.into(),
        is_this,
        state,
        since_ms: 1,
        name: String::new(),
    };
    let all = [
        device("this", DeviceState::Current, true),
        device("other", DeviceState::Current, false),
        device("retired", DeviceState::Retired, false),
        device("cut", DeviceState::Cut, false),
    ];
    let html = devices(&bare(), &all);
    let may_go = |key: &str| html.contains(&format!("/devices/remove?device={key}\""));
    assert_eq!(
        ["this", "other", "retired", "cut"].map(may_go),
        [false, true, true, false]
    );
    // What is put away already can be cut off still, and nothing else.
    let draft = DeviceDraft::default();
    let choices = |device| {
        device_remove(&bare(), device, &draft)
            .matches("type=\"radio\"")
            .count()
    };
    assert_eq!((choices(&all[1]), choices(&all[2])), (2, 1));
}
