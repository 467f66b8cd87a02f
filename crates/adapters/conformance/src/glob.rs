//! Names with `*` and `?` in them.

/// Whether `name` fits: `*` stands for any characters, `?` for one.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<_>, Vec<_>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // Where the last `*` stands, and from where on it has been tried.
    let mut star = None;
    while seen < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(c) if *c == '?' || *c == name[seen] => (at, seen) = (at + 1, seen + 1),
            _ => {
                let Some((starred, from)) = star else { return false };
                star = Some((starred, from + 1));
                (at, seen) = (starred + 1, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_and_question_marks_fit_what_they_stand_for() {
        for (pattern, name) in
            [("*", ""), ("a*", "abc"), ("*c", "abc"), ("a*b*c", "axbybxc"), ("a?c", "abc"), ("**", "x")]
        {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("", "a"), ("a", "ab"), ("a*c", "ab"), ("a?c", "ac"), ("?", ""), ("*b", "abc")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
