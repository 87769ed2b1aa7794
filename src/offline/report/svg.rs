//! Charts as inline SVG: no script, no file but the page.

use std::fmt::Write;

use super::escape;

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 10.0;
/// Colours that differ for people who see few of them, too.
pub(super) const COLOURS: [&str; 5] = ["#1f5fbf", "#d1660a", "#5c8a3a", "#8a4fa8", "#a8283c"];
/// Points of a curve closer than this, in pixels, cannot be told apart.
const LEAST_STEP: f64 = 0.7;

/// A curve with its name.
pub(super) struct Line<'a> {
    pub name: &'a str,
    /// Within the unit square.
    pub points: Vec<(f64, f64)>,
}

/// An axis over the unit interval: labels at equal distances.
pub(super) struct Axis<'a> {
    pub title: &'a str,
    pub ticks: &'a [&'a str],
}

pub(super) const TENTHS: [&str; 6] = ["0", "0.2", "0.4", "0.6", "0.8", "1"];

fn place((x, y): (f64, f64)) -> (f64, f64) {
    (LEFT + x * WIDTH, TOP + (1.0 - y) * HEIGHT)
}

/// One chart with its caption.
fn figure(title: &str, (width, height): (f64, f64), body: &str, legend: &str) -> String {
    let class = if width > 2.0 * LEFT + WIDTH {
        " class=\"wide\""
    } else {
        ""
    };
    format!(
        "<figure{class}><svg width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-size=\"10\" fill=\"#4a5468\" role=\"img\" \
         aria-label=\"{title}\">{body}</svg><figcaption>{title}{legend}</figcaption></figure>",
        title = escape(title)
    )
}

fn frame(title: &str, body: &str, legend: &str) -> String {
    let size = (LEFT + WIDTH + 16.0, TOP + HEIGHT + 40.0);
    figure(title, size, body, legend)
}

fn axes(across: &Axis<'_>, up: &Axis<'_>) -> String {
    let mut body = String::new();
    let at = |index: usize, ticks: usize| index as f64 / (ticks.max(2) - 1) as f64;
    for (index, tick) in across.ticks.iter().enumerate() {
        let (x, _) = place((at(index, across.ticks.len()), 0.0));
        let _ = write!(
            body,
            "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"#dde2ea\"/>\
             <text x=\"{x:.1}\" y=\"{label}\" text-anchor=\"{anchor}\">{tick}</text>",
            anchor = anchor(index, across.ticks.len(), tick),
            bottom = TOP + HEIGHT,
            label = TOP + HEIGHT + 14.0,
        );
    }
    for (index, tick) in up.ticks.iter().enumerate() {
        let (_, y) = place((0.0, at(index, up.ticks.len())));
        let _ = write!(
            body,
            "<path d=\"M{LEFT} {y:.1}h{WIDTH}\" stroke=\"#dde2ea\"/>\
             <text x=\"{label}\" y=\"{y:.1}\" text-anchor=\"end\" \
             dominant-baseline=\"middle\">{tick}</text>",
            label = LEFT - 5.0,
        );
    }
    let _ = write!(
        body,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
         <text transform=\"translate(10 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        LEFT + WIDTH / 2.0,
        TOP + HEIGHT + 30.0,
        escape(across.title),
        TOP + HEIGHT / 2.0,
        escape(up.title)
    );
    body
}

/// Where the label of a tick is held: long ones at the ends would leave the chart.
fn anchor(index: usize, ticks: usize, tick: &str) -> &'static str {
    match (index, tick.len()) {
        (_, ..=5) => "middle",
        (0, _) => "start",
        (last, _) if last + 1 == ticks => "end",
        _ => "middle",
    }
}

/// Curves over one another, named in the caption where there is more than one.
pub(super) fn lines(
    title: &str,
    across: &Axis<'_>,
    up: &Axis<'_>,
    lines: &[Line<'_>],
    diagonal: bool,
) -> String {
    let mut body = axes(across, up);
    if diagonal {
        let ((x1, y1), (x2, y2)) = (place((0.0, 0.0)), place((1.0, 1.0)));
        let _ = write!(
            body,
            "<path d=\"M{x1} {y1}L{x2} {y2}\" stroke=\"#9aa4b5\" stroke-dasharray=\"4\"/>"
        );
    }
    for (line, colour) in lines.iter().zip(COLOURS) {
        let _ = write!(
            body,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            polyline(&line.points)
        );
        if line.points.len() <= 12 {
            for point in &line.points {
                let (x, y) = place(*point);
                let _ = write!(
                    body,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"
                );
            }
        }
    }
    let names = match lines.len() {
        1 => String::new(),
        _ => legend(lines.iter().map(|line| line.name)),
    };
    frame(title, &body, &names)
}

fn polyline(points: &[(f64, f64)]) -> String {
    let mut text = String::new();
    let mut last = (f64::MIN, f64::MIN);
    for (index, point) in points.iter().enumerate() {
        let (x, y) = place(*point);
        let far = (x - last.0).abs() + (y - last.1).abs() >= LEAST_STEP;
        if far || index + 1 == points.len() {
            let _ = write!(text, "{x:.1},{y:.1} ");
            last = (x, y);
        }
    }
    text
}

/// The names of what is drawn, in their colours, for the caption.
fn legend<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for (name, colour) in names.zip(COLOURS) {
        let _ = write!(
            text,
            " <span class=\"name\"><span style=\"color:{colour}\">&#9632;</span> {}</span>",
            escape(name)
        );
    }
    text
}

/// Two histograms over the same bins, heights as given (0 to 1), one on top of the other.
pub(super) fn histograms(
    title: &str,
    across: &Axis<'_>,
    up: &Axis<'_>,
    names: [&str; 2],
    heights: [&[f64]; 2],
) -> String {
    let mut body = axes(across, up);
    for ((heights, colour), shift) in heights.iter().zip(COLOURS).zip([0.0, 0.5]) {
        let step = WIDTH / heights.len().max(1) as f64;
        for (bin, height) in heights.iter().enumerate() {
            let tall = height.clamp(0.0, 1.0) * HEIGHT;
            if tall > 0.0 {
                let _ = write!(
                    body,
                    "<path d=\"M{x:.1} {y:.1}h{w:.1}v{tall:.1}h-{w:.1}z\" fill=\"{colour}\" \
                     fill-opacity=\".75\"/>",
                    x = LEFT + (bin as f64 + shift) * step,
                    y = TOP + HEIGHT - tall,
                    w = step * 0.48,
                );
            }
        }
    }
    frame(title, &body, &legend(names.into_iter()))
}

/// Bars with names and what they say, longest first as given.
pub(super) fn bars(title: &str, rows: &[(String, f64, String)]) -> String {
    let most = rows
        .iter()
        .map(|row| row.1)
        .fold(f64::MIN_POSITIVE, f64::max);
    let (name_width, bar_width, row_height) = (170.0, 260.0, 17.0);
    let mut body = String::new();
    for (index, (name, value, label)) in rows.iter().enumerate() {
        let y = 4.0 + row_height * index as f64;
        let length = (value / most).clamp(0.0, 1.0) * bar_width;
        let _ = write!(
            body,
            "<text x=\"{name_width}\" y=\"{middle}\" text-anchor=\"end\" \
             dominant-baseline=\"middle\">{name}</text>\
             <rect x=\"{x}\" y=\"{y}\" width=\"{length:.1}\" height=\"12\" fill=\"{colour}\"/>\
             <text x=\"{after:.1}\" y=\"{middle}\" dominant-baseline=\"middle\">{label}</text>",
            middle = y + 6.5,
            name = escape(name),
            x = name_width + 6.0,
            colour = COLOURS[0],
            after = name_width + 12.0 + length,
            label = escape(label)
        );
    }
    let size = (
        name_width + bar_width + 110.0,
        8.0 + row_height * rows.len() as f64,
    );
    figure(title, size, &body, "")
}

/// A square of cells from -1 (orange) over 0 (white) to 1 (blue), with the names of its rows.
pub(super) fn heat_map(title: &str, names: &[&str], cells: &[Vec<f64>]) -> String {
    let (left, cell) = (160.0, 24.0);
    let mut body = String::new();
    for (row, name) in names.iter().enumerate() {
        let y = 4.0 + cell * row as f64;
        let _ = write!(
            body,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" dominant-baseline=\"middle\">{} {}</text>",
            left - 6.0,
            y + cell / 2.0,
            escape(name),
            row + 1
        );
        for (column, value) in cells[row].iter().enumerate() {
            let colour = if *value < 0.0 { COLOURS[1] } else { COLOURS[0] };
            let x = left + cell * column as f64;
            let _ = write!(
                body,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{cell}\" height=\"{cell}\" fill=\"{colour}\" \
                 fill-opacity=\"{:.2}\"><title>{value:.2}</title></rect>",
                value.abs().clamp(0.0, 1.0)
            );
        }
    }
    let side = cell * names.len() as f64;
    for column in 0..names.len() {
        let _ = write!(
            body,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            left + cell * (column as f64 + 0.5),
            side + 18.0,
            column + 1
        );
    }
    figure(title, (left + side + 8.0, side + 26.0), &body, "")
}
