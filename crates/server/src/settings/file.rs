//! Values that may stand in a file of their own instead of in the settings, for secrets are handed over like that.

use super::reader::{Read, Reader};

/// The value of a key or what the file says that another key names, and the key it came from. Give what was read of both.
/// `parse` gets all that is in the file.
pub(super) fn here_or_in_file<T>(
    reader: &mut Reader,
    (key, direct): (&'static str, Option<T>),
    (file_key, path): (&'static str, Option<String>),
    parse: impl Fn(&str) -> Result<T, String>,
) -> Read<Option<(&'static str, T)>> {
    match (direct, path) {
        (Some(_), Some(_)) => {
            let other = reader.layer(key).map(ToString::to_string).unwrap_or_default();
            let problem = format!("{key} is set as well (from {other}): keep one of the two");
            Err(reader.refuse(file_key, problem))
        }
        (Some(value), None) => Ok(Some((key, value))),
        (None, Some(path)) => match content(&path).and_then(|content| parse(&content)) {
            Ok(value) => Ok(Some((file_key, value))),
            Err(problem) => Err(reader.refuse(file_key, problem)),
        },
        (None, None) => Ok(None),
    }
}

/// What a file says whose content is one line: all but a newline at its end, which editors add.
pub(super) fn line(content: &str) -> &str {
    let line = content.strip_suffix('\n').unwrap_or(content);
    line.strip_suffix('\r').unwrap_or(line)
}

/// The parser of a file that holds a URL, blanks around it aside.
pub(super) fn holding_a_url<T>(
    parse: impl Fn(&str) -> Result<T, String>,
) -> impl Fn(&str) -> Result<T, String> {
    move |content| match content.trim() {
        "" => Err("the file is empty".to_owned()),
        // Unseen in an editor.
        url if url.starts_with('\u{feff}') => {
            Err("the file begins with a byte order mark: save it as UTF-8 without one".to_owned())
        }
        url => parse(url).map_err(|problem| format!("the URL in the file: {problem}")),
    }
}

fn content(path: &str) -> Result<String, String> {
    // `read_to_string` says "stream did not contain valid UTF-8" and shows none of it.
    std::fs::read_to_string(path).map_err(|error| format!("the file cannot be read: {error}"))
}
