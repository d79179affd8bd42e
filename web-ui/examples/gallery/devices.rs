//! Own devices.

use crate::samples::{MINUTE_MS, now_ms, quiet_shell};
use hearth_web_ui::{Device, DeviceDraft, DeviceState};

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let shell = quiet_shell();
    vec![
        ("devices.html", hearth_web_ui::devices(&shell, &machines())),
        (
            "device-add.html",
            hearth_web_ui::device_add(&shell, &device_draft()),
        ),
        (
            "device-link.html",
            hearth_web_ui::device_link(
                &shell,
                hearth_web_ui::DeviceLinkPage {
                    link: "hearth-device:AQEBAQEBAQEBAQEBAQEBAQ",
                    qr: None,
                },
            ),
        ),
        (
            "device-remove.html",
            hearth_web_ui::device_remove(&shell, &machines()[1], &device_draft()),
        ),
    ]
}

fn machines() -> Vec<Device> {
    let device = |byte: &str, name: &str, is_this, state, days: u64| Device {
        key: byte.repeat(32),
        name: name.into(),
        is_this,
        state,
        since_ms: now_ms() - days * 24 * 60 * MINUTE_MS,
    };
    vec![
        device("7a", "Laptop", true, DeviceState::Current, 3),
        device("19", "", false, DeviceState::Current, 40),
        device("e0", "Old tower", false, DeviceState::Retired, 90),
        device("c4", "", false, DeviceState::Cut, 1),
    ]
}

fn device_draft() -> DeviceDraft {
    DeviceDraft {
        name: "Tablet".into(),
        stolen: false,
        problem: Some("The phrase: word 7 isn’t one of the list.".into()),
        is_exposed: true,
    }
}
