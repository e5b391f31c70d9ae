//! The picture of a terminal in the README, drawn from what a run prints. `UPDATE=1 cargo test --test it -- docs` draws it again.

use std::fmt::Write as _;

use super::is_current;
use super::projects::Project;

const COMMAND: &str = "npm-preflight lint --workspaces";
/// Width of a character and height of a line, in pixels at the size of the text.
const CELL: (f32, f32) = (7.83, 18.0);

/// The attributes of a text after a sequence `ESC [ … m`, given those before it: a class for weight and one for the colour.
fn styled(before: (bool, &'static str), codes: &str) -> (bool, &'static str) {
    codes.split(';').fold(before, |(bold, color), code| match code {
        "" | "0" => (false, ""),
        "1" => (true, color),
        "31" | "91" => (bold, "red"),
        "32" | "92" => (bold, "green"),
        "33" | "93" => (bold, "yellow"),
        "34" | "94" => (bold, "blue"),
        "36" | "96" => (bold, "cyan"),
        other => panic!("the picture has no style for {other:?}"),
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text with colours as SVG.
fn drawn(text: &str) -> String {
    let plain = anstream::adapter::strip_str(text).to_string();
    let columns = plain.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    let (lines, mut body, mut style) = (plain.lines().count(), String::new(), (false, ""));
    for (row, line) in text.lines().enumerate() {
        let y = CELL.1 * (row + 2) as f32;
        let _ = write!(body, "<text x=\"16\" y=\"{y}\">");
        for (at, part) in line.split("\u{1b}[").enumerate() {
            let (codes, shown) = if at == 0 {
                (None, part)
            } else {
                part.split_once('m').map_or((None, part), |(codes, rest)| (Some(codes), rest))
            };
            style = codes.map_or(style, |codes| styled(style, codes));
            let class = format!("{}{}", if style.0 { "bold " } else { "" }, style.1);
            match (shown.is_empty(), class.trim()) {
                (true, _) => {}
                (_, "") => body.push_str(&escaped(shown)),
                (_, class) => drop(write!(body, "<tspan class=\"{class}\">{}</tspan>", escaped(shown))),
            }
        }
        body.push_str("</text>\n");
    }
    let (width, height) = (CELL.0 * columns as f32 + 32.0, CELL.1 * (lines + 2) as f32);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" role=\"img\">\n\
         <title>What {COMMAND} prints</title>\n\
         <style>text {{ font: 13px ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', monospace; \
         white-space: pre; fill: #d6dbe3 }} .bold {{ font-weight: bold }} .red {{ fill: #ff7b72 }} .green {{ fill: #7ee787 }} \
         .yellow {{ fill: #e3b341 }} .blue {{ fill: #79c0ff }} .cyan {{ fill: #76e3ea }}</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n{body}</svg>\n"
    )
}

#[test]
fn the_picture_in_the_readme_is_what_is_printed() {
    let project = Project::named("broken-monorepo");
    let (_, text) = project.shell(&format!("{COMMAND} --color always"));
    is_current("docs/terminal.svg", &drawn(&format!("$ {COMMAND}\n{}", text.trim_end())));
}
