//! The page that operators read: what it tells to run is what is tried.

const PAGE: &str = include_str!("../../../../docs/operations.md");

/// The block of code that begins like this.
pub(crate) fn block(beginning: &str) -> &'static str {
    let blocks = PAGE.split("```").skip(1).step_by(2);
    let code = |block: &'static str| block.split_once('\n').map(|(_, code)| code);
    blocks.filter_map(code).find(|code| code.starts_with(beginning)).unwrap()
}
