//! What must hold of the style: contrast (by WCAG 2.2's relative luminance), and no foreign loads.

use crate::face::TONES;

const STYLE: &str = include_str!("../../static/style.css");

fn luminance(colour: &str) -> f64 {
    let digits = colour.trim().trim_start_matches('#');
    let digits = if digits.len() == 3 {
        digits.chars().flat_map(|c| [c, c]).collect()
    } else {
        digits.to_owned()
    };
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The light and the dark colour of a token.
fn token(name: &str) -> [&'static str; 2] {
    let value = STYLE
        .split_once(&format!("--{name}: light-dark("))
        .unwrap()
        .1;
    let (light, dark) = value.split_once(')').unwrap().0.split_once(", ").unwrap();
    [light, dark]
}

#[test]
fn text_reaches_aa_in_light_and_dark() {
    let pairs = [
        ("ink", ["paper", "card", "sunk"].as_slice()),
        ("soft", &["paper", "card", "sunk"]),
        ("ember", &["paper", "card", "ember-soft"]),
        ("on-ember", &["ember"]),
        ("good", &["good-soft"]),
        ("bad", &["card", "bad-soft", "paper"]),
    ];
    for (front, backs) in pairs {
        for back in backs {
            for (front_colour, back_colour) in token(front).into_iter().zip(token(back)) {
                let contrast = contrast(front_colour, back_colour);
                assert!(contrast >= 4.5, "{front} on {back}: {contrast:.2}");
            }
        }
    }
    for back in ["paper", "card", "sunk"] {
        for (edge, back_colour) in token("edge").into_iter().zip(token(back)) {
            assert!(contrast(edge, back_colour) >= 3.0, "edge on {back}");
        }
    }
}

#[test]
fn every_face_can_be_read() {
    for tone in 0..TONES {
        let rule = STYLE.split_once(&format!(".tone-{tone} {{")).unwrap().1;
        let colour = rule.split_once("background: ").unwrap().1;
        let colour = colour.split(';').next().unwrap();
        assert!(
            contrast("#fff", colour) >= 4.5,
            "tone {tone}: {:.2}",
            contrast("#fff", colour)
        );
    }
}

#[test]
fn names_in_the_colours_of_faces_can_be_read() {
    for tone in 0..TONES {
        let rule = STYLE.split_once(&format!(".tone-{tone} {{")).unwrap().1;
        let words = rule.split_once("--word: light-dark(").unwrap().1;
        let (light, dark) = words.split_once(')').unwrap().0.split_once(", ").unwrap();
        for back in ["paper", "card", "sunk"] {
            for (front, back) in [light, dark].into_iter().zip(token(back)) {
                let contrast = contrast(front, back);
                assert!(contrast >= 4.5, "tone {tone}: {contrast:.2}");
            }
        }
    }
}

#[test]
fn the_style_loads_nothing() {
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
}
