use std::fmt::Write as _;

use leptos::prelude::*;

use super::axis::{Axis, WIDTH};

/// One line of a chart.
#[derive(Debug, Clone)]
pub struct Line {
    /// Names the colour, such as `create`.
    pub key: &'static str,
    pub text: &'static str,
}

/// One moment of a chart of lines, its values in the order of the lines; a value that is absent breaks the line.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Below it; empty to leave it out.
    pub tick: String,
    /// The whole name, for the table.
    pub name: String,
    pub values: Vec<Option<u64>>,
}

const HEIGHT: f64 = 200.0;
const LEFT: f64 = 56.0;

/// Lines over time, drawn on the server with the page's own colours, and the same figures as a table. The first line is
/// solid, later ones are dashed, so that colour is not all that tells them apart.
#[component]
pub fn Lines(
    #[prop(into)] label: String,
    lines: Vec<Line>,
    moments: Vec<Moment>,
    /// The head of the table's first column.
    when: &'static str,
    /// How a value is written.
    text: fn(u64) -> String,
) -> impl IntoView {
    let highest = moments.iter().flat_map(|m| m.values.iter().flatten()).max().copied().unwrap_or(0);
    let axis = Axis::up_to(highest, HEIGHT, LEFT);
    let slot = axis.slot(moments.len());
    let middle = |index: usize| LEFT + slot * (index as f64 + 0.5);
    let legend = lines
        .iter()
        .map(|line| view! { <li><i class=format!("series-{}", line.key)></i>{line.text}</li> })
        .collect_view();
    let drawn = lines
        .iter()
        .enumerate()
        .map(|(number, line)| {
            let mut path = String::new();
            let mut points = Vec::new();
            let mut broken = true;
            for (index, moment) in moments.iter().enumerate() {
                let Some(value) = moment.values.get(number).copied().flatten() else {
                    broken = true;
                    continue;
                };
                let (x, y) = (middle(index), axis.y(value));
                // Writing into a text cannot fail.
                let _ = write!(path, "{}{x:.1} {y:.1}", if broken { "M" } else { "L" });
                points.push((x, y, format!("{}: {} {}", moment.name, line.text, text(value))));
                broken = false;
            }
            let points = points
                .into_iter()
                .map(|(x, y, says)| {
                    view! { <circle cx=format!("{x:.1}") cy=format!("{y:.1}") r="2.5"><title>{says}</title></circle> }
                })
                .collect_view();
            let dashed = (number > 0).then_some("5 4");
            view! {
                <g class=format!("line-{}", line.key)>
                    <path d=path stroke-dasharray=dashed></path>
                    {points}
                </g>
            }
        })
        .collect_view();
    let ticks = moments
        .iter()
        .enumerate()
        .map(|(index, moment)| axis.tick(middle(index), &moment.tick))
        .collect_view();
    let heads =
        lines.iter().map(|line| view! { <th scope="col" class="number">{line.text}</th> }).collect_view();
    let rows = moments
        .into_iter()
        .filter(|moment| moment.values.iter().any(Option::is_some))
        .map(|moment| {
            let cells = moment
                .values
                .into_iter()
                .map(|value| view! { <td class="number">{value.map_or_else(|| "–".to_owned(), text)}</td> })
                .collect_view();
            view! { <tr><th scope="row">{moment.name}</th>{cells}</tr> }
        })
        .collect_view();
    let region = format!("{label}, scrollable");
    view! {
        <ul class="legend">{legend}</ul>
        <div class="chart-wrap" role="region" aria-label=region tabindex="0">
            <svg class="chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label.clone()>
                {axis.grid(text)}
                {drawn}
                {ticks}
            </svg>
        </div>
        <details class="disclosure">
            <summary>"Show the figures"</summary>
            <super::Table label inert=true>
                <thead>
                    <tr>
                        <th scope="col">{when}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </super::Table>
        </details>
    }
}
