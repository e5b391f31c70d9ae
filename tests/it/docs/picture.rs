//! The picture of a terminal in the README, drawn from what a run prints. `UPDATE=1 cargo test --test it -- docs` draws it again.

use std::fmt::Write as _;

use super::is_current;
use super::projects::Project;

const COMMAND: &str = "npm-preflight lint --workspaces";
/// Columns of the terminal.
const COLUMNS: usize = 108;
/// Width of a character and height of a line, in pixels at the size of the text.
const CELL: (usize, usize) = (8, 18);

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

/// The rows of the terminal, each as texts of one style.
fn rows(text: &str) -> Vec<Vec<(String, String)>> {
    let (mut rows, mut style) = (Vec::new(), (false, ""));
    for line in text.lines() {
        let (mut row, mut column) = (Vec::<(String, String)>::new(), 0);
        for (at, part) in line.split("\u{1b}[").enumerate() {
            let (codes, shown) = if at == 0 {
                (None, part)
            } else {
                (part.split('m').next(), part.split_once('m').map_or("", |(_, rest)| rest))
            };
            style = codes.map_or(style, |codes| styled(style, codes));
            let class = format!("{}{}", if style.0 { "bold " } else { "" }, style.1).trim().to_owned();
            for character in shown.chars() {
                if column == COLUMNS {
                    rows.push(std::mem::take(&mut row));
                    column = 0;
                }
                column += 1;
                match row.last_mut().filter(|(last, _)| *last == class) {
                    Some((_, text)) => text.push(character),
                    None => row.push((class.clone(), character.to_string())),
                }
            }
        }
        rows.push(row);
    }
    rows
}

/// Text with colours as SVG.
fn drawn(text: &str) -> String {
    let rows = rows(text);
    let (width, height) = (CELL.0 * COLUMNS + 32, CELL.1 * (rows.len() + 2));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\">\n\
         <title>What {COMMAND} prints</title>\n\
         <style>.bold {{ font-weight: bold }} .red {{ fill: #ff7b72 }} .green {{ fill: #7ee787 }} \
         .yellow {{ fill: #e3b341 }} .blue {{ fill: #79c0ff }} .cyan {{ fill: #76e3ea }}</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace\" font-size=\"13\" \
         fill=\"#d6dbe3\" xml:space=\"preserve\">\n"
    );
    for (number, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
        let _ = write!(svg, "<text x=\"16\" y=\"{}\">", CELL.1 * (number + 2));
        for (class, text) in row {
            let text = escaped(text);
            let _ = match class.as_str() {
                "" => write!(svg, "{text}"),
                class => write!(svg, "<tspan class=\"{class}\">{text}</tspan>"),
            };
        }
        svg.push_str("</text>\n");
    }
    svg + "</g>\n</svg>\n"
}

#[test]
fn the_picture_in_the_readme_matches_the_output() {
    let project = Project::named("broken-monorepo");
    let (_, text) = project.shell(&format!("{COMMAND} --color always"));
    is_current("docs/terminal.svg", &drawn(&format!("$ {COMMAND}\n{}", text.trim_end())));
}
