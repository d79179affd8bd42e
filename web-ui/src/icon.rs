//! The icons, drawn on a grid of 24 with one stroke; decoration beside words, silent to readers.

use maud::{Markup, html};

/// What an icon means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Home,
    People,
    Profile,
    Files,
    File,
    Link,
    Backup,
    Public,
    Private,
    Spaces,
    Direct,
    React,
    Boost,
    Bookmark,
    More,
    Device,
    Quiet,
    List,
    Reply,
    Edit,
    Delete,
    Copy,
    Up,
    Down,
    Upload,
    Undo,
    NewFolder,
    Tiles,
    Done,
    Bell,
    Search,
    Mention,
    Photo,
    Warning,
    Back,
    Forward,
    Close,
    Data,
    Eye,
    Settings,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Boost => {
                "M4 10V8a2 2 0 0 1 2-2h12M15 3l3 3-3 3M20 14v2a2 2 0 0 1-2 2H6M9 21l-3-3 3-3"
            }
            Self::Home => "M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z",
            Self::People => {
                "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c0-3.6 2.8-5.5 6.5-5.5s6.5 1.9 6.5 5.5M16 4.3a3.5 3.5 0 0 1 0 6.4M21.5 20c0-2.6-1-4.2-3.2-5"
            }
            Self::Profile => {
                "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20c0-3.7 3.2-5.5 7.5-5.5s7.5 1.8 7.5 5.5"
            }
            Self::Files => {
                "M3.5 7a1 1 0 0 1 1-1h5l2 2h8a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1z"
            }
            Self::File => {
                "M7 3.5h7l4 4V20a.5.5 0 0 1-.5.5h-10.5A.5.5 0 0 1 6.5 20V4A.5.5 0 0 1 7 3.5zM14 3.5V8h4"
            }
            Self::Link => {
                "M10 14a4 4 0 0 0 6 .5l2.8-2.8a4 4 0 0 0-5.7-5.7L11.7 7.4M14 10a4 4 0 0 0-6-.5l-2.8 2.8a4 4 0 0 0 5.7 5.7l1.4-1.4"
            }
            Self::Backup => {
                "M12 3.5l7.5 2.8v5.7c0 4.600-3.600 7.300-7.5 8.5-3.900-1.200-7.5-3.900-7.5-8.5V6.300zM8.8 12l2.300 2.300 4.200-4.300"
            }
            Self::Public => {
                "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M3.5 12h17M12 3.5c3.2 3.2 3.2 13.8 0 17M12 3.5c-3.2 3.2-3.2 13.8 0 17"
            }
            Self::Private => "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2",
            Self::Spaces => {
                "M9 6.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M15 6.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11"
            }
            Self::Direct => "M4 6h16v12.5H4zM4.5 7l7.5 6 7.5-6",
            Self::React => {
                "M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M8.3 14.300a4.4 4.4 0 0 0 7.4 0M9.2 9.300v.600M14.8 9.300v.6"
            }
            Self::Bookmark => "M7 4h10v16l-5-4-5 4z",
            Self::More => "M6 12h.01M12 12h.01M18 12h.01",
            Self::Device => "M4 5h16v11H4zM9 20h6M12 16v4",
            Self::Quiet => "M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M6.1 6.100l11.8 11.8",
            Self::List => "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
            Self::Reply => "M4 12a8 7 0 1 1 4.2 6.1L4 20l1.1-3.9A6.6 6.6 0 0 1 4 12",
            Self::Edit => "M5 19l.8-3.8L16 5l3 3L8.8 18.2zM13.8 7.2l3 3",
            Self::Delete => "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.3 10.5v5.5M13.7 10.5v5.5",
            Self::Copy => "M9 9h10v11H9zM6 15H5V4h10v1.5",
            Self::Up => "M12 19V6M6.5 11.5L12 6l5.5 5.5",
            Self::Down => "M12 4v11M6.5 10.5L12 16l5.5-5.5M5 20h14",
            Self::Upload => "M12 15V4.500M6.5 9.500L12 4l5.5 5.5M4.500 15.500V20h15v-4.500",
            Self::Undo => "M8 5L4 9l4 4M4.500 9H14a5.5 5.5 0 0 1 0 11H8",
            Self::NewFolder => {
                "M3.5 7a1 1 0 0 1 1-1h5l2 2h8a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1zM12 10.800v5M9.500 13.300h5"
            }
            Self::Tiles => {
                "M4.500 4.500h6v6h-6zM13.500 4.500h6v6h-6zM4.500 13.500h6v6h-6zM13.500 13.500h6v6h-6z"
            }
            Self::Done => "M5 12.500l4.500 4.500L19 7.500",
            Self::Bell => {
                "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.500a2.200 2.200 0 0 0 4 0M12 5V3.500"
            }
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.300 15.300L20.5 20.5",
            Self::Mention => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M16 8v5.500a2.300 2.300 0 0 0 4.500 0V12a8.500 8.500 0 1 0-3.300 6.700"
            }
            Self::Photo => "M4 6h16v13H4zM4 16l4.500-4.500 3.500 3.500 3-3 5 5M15 10h.01",
            Self::Warning => "M12 4.500l8.500 15h-17zM12 10v4.500M12 17h.01",
            Self::Back => "M15 5l-7 7 7 7",
            Self::Forward => "M9 5l7 7-7 7",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Data => {
                "M4.500 7c0-2 3.400-3.200 7.500-3.200s7.500 1.200 7.500 3.200-3.400 3.200-7.500 3.200S4.500 9 4.500 7zM4.500 7v10c0 2 3.400 3.200 7.500 3.200s7.500-1.200 7.500-3.200V7M4.500 12c0 2 3.400 3.200 7.500 3.200s7.500-1.200 7.500-3.200"
            }
            Self::Eye => {
                "M2.500 12S6 5.800 12 5.800 21.500 12 21.500 12 18 18.200 12 18.200 2.500 12 2.500 12zM12 9.300a2.700 2.700 0 1 0 0 5.400 2.700 2.700 0 0 0 0-5.400"
            }
            Self::Settings => {
                "M4 7h8M17 7h3M14.500 4.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5M4 17h3M12 17h8M9.500 14.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5"
            }
        }
    }
}

/// The icon as inline SVG, in the colour of the words beside it.
pub(crate) fn icon(icon: Icon) -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false" {
            path d=(icon.path());
        }
    }
}

/// Hearth's mark, in ember.
pub(crate) fn flame() -> Markup {
    html! {
        svg.flame viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" focusable="false" {
            path d="M12.6 2c.6 3.9 5.9 6.2 5.9 12.1A6.4 6.4 0 0 1 12 20.6a6.4 6.4 0 0 1-6.5-6.5c0-2.9 1.9-4.1 2.2-7 1.7.8 2.7 2 2.9 3.9 1.6-2 2.5-5 2-9z";
            path.heart d="M12.1 11.8c.3 1.7 2.7 2.4 2.7 4.8a2.8 2.8 0 0 1-5.6 0c0-1.4.9-2 1.1-3.1.7.4 1.1.9 1.1 1.5.6-.8.9-1.9.7-3.2z";
        }
    }
}
