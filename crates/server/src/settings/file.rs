//! Values that may stand in a file of their own instead of in the settings, for secrets are handed over like that.

use super::reader::{Read, Reader};

/// The value of a key or what the file says that another key names, and the key it came from. Give what was read of both.
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
        (None, Some(path)) => match line(&path).and_then(|line| parse(&line)) {
            Ok(value) => Ok(Some((file_key, value))),
            Err(problem) => Err(reader.refuse(file_key, problem)),
        },
        (None, None) => Ok(None),
    }
}

/// The file's content without one newline at its end, which editors add.
fn line(path: &str) -> Result<String, String> {
    // `read_to_string` says "stream did not contain valid UTF-8" and shows none of it.
    let content =
        std::fs::read_to_string(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    let line = content.strip_suffix('\n').unwrap_or(&content);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
