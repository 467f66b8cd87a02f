//! Tests: every fault, each with the text that has it and what its author is told to write.

use crate::{Fault, Origin, OriginError, OriginPattern, PatternWarning};

fn long_label() -> String {
    "a".repeat(64)
}

fn long_host() -> String {
    format!("{}com", "abc.".repeat(63))
}

#[test]
fn origins_and_patterns_refuse_the_same_mistakes_and_say_what_to_write() {
    let label = format!("https://{}.example", long_label());
    let host = format!("https://{}", long_host());
    let table: &[(&str, Fault, Option<&str>)] = &[
        ("", Fault::Empty, None),
        ("*", Fault::Star, None),
        ("null", Fault::Null, None),
        (" https://a.example", Fault::Blank, Some("https://a.example")),
        ("https://a.example\n", Fault::Blank, Some("https://a.example")),
        ("https://a.example\0", Fault::Blank, Some("https://a.example")),
        ("https://a .example", Fault::Blank, None),
        ("https://a.example https://b.example", Fault::Blank, None),
        ("   ", Fault::Blank, None),
        ("app.example.com", Fault::SchemeMissing, Some("https://app.example.com")),
        ("//app.example.com", Fault::SchemeMissing, Some("https://app.example.com")),
        ("https:app.example.com", Fault::SchemeMissing, Some("https://app.example.com")),
        ("http:/app.example.com", Fault::SchemeMissing, Some("http://app.example.com")),
        ("localhost:5173", Fault::SchemeMissing, Some("http://localhost:5173")),
        ("127.0.0.1:5173", Fault::SchemeMissing, Some("http://127.0.0.1:5173")),
        ("app.example.com:80", Fault::SchemeMissing, Some("http://app.example.com")),
        ("app.example.com:443", Fault::SchemeMissing, Some("https://app.example.com")),
        ("a.example/?next=http://b.example", Fault::SchemeMissing, None),
        ("://a.example", Fault::SchemeMissing, None),
        ("mailto:a@b.example", Fault::SchemeMissing, None),
        ("ftp://a.example", Fault::SchemeUnsupported, None),
        ("file:///index.html", Fault::SchemeUnsupported, None),
        ("chrome-extension://abcdef", Fault::SchemeOfAnApp, None),
        ("capacitor://localhost", Fault::SchemeOfAnApp, None),
        ("ionic://localhost", Fault::SchemeOfAnApp, None),
        ("tauri://localhost", Fault::SchemeOfAnApp, None),
        ("wss://a.example", Fault::SchemeUnsupported, Some("https://a.example")),
        ("HTTPS://a.example", Fault::UpperCase, Some("https://a.example")),
        ("https://App.example", Fault::UpperCase, Some("https://app.example")),
        ("http://[2001:DB8::1]", Fault::UpperCase, Some("http://[2001:db8::1]")),
        ("https://user:secret@a.example", Fault::Userinfo, Some("https://a.example")),
        ("https://@a.example", Fault::Userinfo, Some("https://a.example")),
        ("http://localhost:5173/", Fault::TrailingSlash, Some("http://localhost:5173")),
        ("https://a.example/app", Fault::Path, Some("https://a.example")),
        ("https://a.example//", Fault::Path, Some("https://a.example")),
        ("https://a.example\\", Fault::Path, Some("https://a.example")),
        ("https://a.example?", Fault::Query, Some("https://a.example")),
        ("https://a.example#", Fault::Fragment, Some("https://a.example")),
        ("https://", Fault::HostMissing, None),
        ("https://:8443", Fault::HostMissing, None),
        ("https://bücher.example", Fault::NotAscii, None),
        ("https://a%41.example", Fault::ForbiddenCharacter('%'), None),
        ("https://a,https:", Fault::PortMissing, None),
        ("https://a!.example", Fault::ForbiddenCharacter('!'), None),
        ("https://a..example", Fault::EmptyLabel, None),
        ("https://.example", Fault::EmptyLabel, None),
        ("https://.", Fault::EmptyLabel, None),
        ("https://a.example.", Fault::TrailingDot, Some("https://a.example")),
        (&label, Fault::LabelTooLong, None),
        (&host, Fault::HostTooLong, None),
        ("http://1.2.3.256", Fault::Ipv4Malformed, None),
        ("http://1.2.3.4.5", Fault::Ipv4Malformed, None),
        ("http://app.1", Fault::Ipv4Malformed, None),
        ("http://1.2.3", Fault::Ipv4NotCanonical, Some("http://1.2.0.3")),
        ("http://0x7f.1", Fault::Ipv4NotCanonical, Some("http://127.0.0.1")),
        ("http://127.0.0.01:80", Fault::PortDefault, Some("http://127.0.0.1")),
        ("http://127.0.0.01", Fault::Ipv4NotCanonical, Some("http://127.0.0.1")),
        ("http://2130706433:5173", Fault::Ipv4NotCanonical, Some("http://127.0.0.1:5173")),
        ("http://0.0.0.0:5000", Fault::Unspecified, None),
        ("http://0", Fault::Ipv4NotCanonical, None),
        ("http://[::]:5000", Fault::Unspecified, None),
        ("http://[0::0]", Fault::Unspecified, None),
        ("http://[::g]", Fault::Ipv6Malformed, None),
        ("http://[]", Fault::Ipv6Malformed, None),
        ("http://[::1", Fault::Ipv6Malformed, None),
        ("http://[::1]5173", Fault::Ipv6Malformed, None),
        ("http://[fe80::1%25eth0]", Fault::Ipv6Malformed, None),
        ("http://[0:0:0:0:0:0:0:1]", Fault::Ipv6NotCanonical, Some("http://[::1]")),
        ("http://[2001:db8::0001]:81", Fault::Ipv6NotCanonical, Some("http://[2001:db8::1]:81")),
        ("http://[::ffff:127.0.0.1]", Fault::Ipv6NotCanonical, Some("http://[::ffff:7f00:1]")),
        ("http://::1", Fault::Ipv6WithoutBrackets, None),
        ("http://2001:db8::1:5173", Fault::Ipv6WithoutBrackets, None),
        ("https://a.example:", Fault::PortMissing, Some("https://a.example")),
        ("https://a.example:443", Fault::PortDefault, Some("https://a.example")),
        ("http://localhost:80", Fault::PortDefault, Some("http://localhost")),
        ("https://a.example:0", Fault::PortZero, None),
        ("https://a.example:00", Fault::PortZero, None),
        ("https://a.example:08443", Fault::PortLeadingZeros, Some("https://a.example:8443")),
        ("https://a.example:0443", Fault::PortLeadingZeros, Some("https://a.example")),
        ("https://a.example:http", Fault::PortNotNumber, None),
        ("https://a.example:+1", Fault::PortNotNumber, None),
        ("https://a.example:-1", Fault::PortNotNumber, None),
        ("https://a.example:1:2", Fault::PortNotNumber, None),
        ("https://a.example:65536", Fault::PortTooLarge, None),
        ("https://a.example:99999999999999999999", Fault::PortTooLarge, None),
        ("*://a.example", Fault::WildcardMisplaced, None),
        ("https://a.example:*", Fault::WildcardMisplaced, None),
        ("https://[*::1]", Fault::WildcardInAddress, None),
    ];
    for (text, fault, instead) in table {
        for error in [Origin::parse(text).unwrap_err(), OriginPattern::parse(text).unwrap_err()] {
            assert_eq!((error.fault(), error.instead()), (fault, *instead), "{text}");
            assert_is_one_sentence_that_says_what_to_write(&error);
        }
    }
}

fn assert_is_one_sentence_that_says_what_to_write(error: &OriginError) {
    let sentence = error.to_string();
    let (_, advice) = sentence.split_once("; ").unwrap_or_default();
    assert!(advice.starts_with("write "), "{sentence}");
    assert!(!sentence.contains(char::is_control), "{sentence}");
}

#[test]
fn patterns_have_faults_of_their_own() {
    let label = format!("https://{}*.example.com", "a".repeat(63));
    for (text, fault) in [
        ("https://*", Fault::WildcardWithoutDomain),
        ("https://*:8443", Fault::WildcardWithoutDomain),
        ("http://app-*:3000", Fault::WildcardWithoutDomain),
        ("https://a.*.example.com", Fault::WildcardMisplaced),
        ("https://example.*", Fault::WildcardMisplaced),
        ("https://*.*.example.com", Fault::SecondWildcard),
        ("https://**.example.com", Fault::SecondWildcard),
        ("https://*-*.example.com", Fault::SecondWildcard),
        ("https://*.0.0.1", Fault::WildcardInAddress),
        ("https://12*.0.0.1", Fault::WildcardInAddress),
        ("https://[::*]", Fault::WildcardInAddress),
        ("https://*.Example.com", Fault::UpperCase),
        ("https://*.example.com.", Fault::TrailingDot),
        ("https://*..example.com", Fault::EmptyLabel),
        ("https://*.example.com/", Fault::TrailingSlash),
        ("https://*.example.com:443", Fault::PortDefault),
        ("https://a!*.example.com", Fault::ForbiddenCharacter('!')),
        (&label, Fault::LabelTooLong),
    ] {
        assert_eq!(OriginPattern::parse(text).unwrap_err().fault(), &fault, "{text}");
    }
    let slash = OriginPattern::parse("https://*.example.com/").unwrap_err();
    assert_eq!(slash.instead(), Some("https://*.example.com"));
    let bare = OriginPattern::parse("*.example.com").unwrap_err();
    assert_eq!(bare.instead(), Some("https://*.example.com"));
}

#[test]
fn a_pattern_is_no_origin() {
    let error = Origin::parse("https://*.example.com").unwrap_err();
    assert_eq!(error.fault(), &Fault::WildcardInOrigin);
    assert_eq!(error.instead(), None);
}

#[test]
fn a_whole_label_under_a_public_suffix_is_refused() {
    for suffix in [
        "com",
        "co.uk",
        "github.io",
        "vercel.app",
        "ck",
        "kawasaki.jp",
        "xn--p1ai",
        "internal",
        "no-such-tld",
    ] {
        let error = OriginPattern::parse(&format!("https://*.{suffix}")).unwrap_err();
        assert_eq!(error.fault(), &Fault::PublicSuffix { suffix: suffix.to_owned() });
    }
}

#[test]
fn a_part_of_a_label_under_a_public_suffix_is_accepted_with_a_warning() {
    for (pattern, suffix) in [("https://app-*.github.io", "github.io"), ("https://*-app.com", "com")] {
        let warning = OriginPattern::parse(pattern).unwrap().warning();
        let (pattern, suffix) = (pattern.to_owned(), suffix.to_owned());
        assert_eq!(warning, Some(PatternWarning::UnderPublicSuffix { pattern, suffix }));
    }
    for pattern in [
        "https://github.io",
        "https://*.example.com",
        "https://app-*.example.com:8443",
        "https://*.me.github.io",
        "http://*.localhost:5173",
        "http://app-*.localhost:5173",
    ] {
        assert_eq!(OriginPattern::parse(pattern).unwrap().warning(), None, "{pattern}");
    }
}
