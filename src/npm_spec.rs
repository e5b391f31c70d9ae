//! placeholder
/// placeholder
pub fn tag_error(tag: &str) -> Option<&'static str> {
    tag.contains([' ', '@', ':', '$']).then_some("it has characters that a URL escapes")
}
