use leptos::prelude::*;

use super::axis::{Axis, TOP, WIDTH};
use crate::format::number;

/// One colour of a chart.
#[derive(Debug, Clone)]
pub struct Series {
    /// Names the colour, such as `create`.
    pub key: &'static str,
    pub text: &'static str,
}

/// One column of a chart, its values in the order of the series.
#[derive(Debug, Clone)]
pub struct Bars {
    /// Below the column; empty to leave it out.
    pub tick: String,
    /// The whole name, for the table and the tooltip.
    pub name: String,
    pub values: Vec<u64>,
    /// Where what the column counts is listed.
    pub href: String,
}

const HEIGHT: f64 = 224.0;
const LEFT: f64 = 44.0;

/// Columns of stacked figures, drawn on the server with the page's own colours, and the same figures as a table.
#[component]
pub fn StackedBars(
    #[prop(into)] label: String,
    series: Vec<Series>,
    bars: Vec<Bars>,
    /// The head of the table's first column.
    #[prop(default = "Hour (UTC)")]
    when: &'static str,
) -> impl IntoView {
    let totals: Vec<u64> =
        (0..series.len()).map(|i| bars.iter().filter_map(|b| b.values.get(i)).sum()).collect();
    let highest = bars.iter().map(|b| b.values.iter().sum::<u64>()).max().unwrap_or(0);
    let axis = Axis::up_to(highest, HEIGHT, LEFT);
    let legend = series
        .iter()
        .zip(&totals)
        .map(|(s, total)| {
            view! {
                <li>
                    <i class=format!("series-{}", s.key)></i>
                    {s.text}
                    " "
                    <b>{number(*total)}</b>
                </li>
            }
        })
        .collect_view();
    let slot = axis.slot(bars.len());
    let columns = bars
        .iter()
        .enumerate()
        .map(|(index, bar)| column(bar, &series, LEFT + slot * index as f64, slot, axis))
        .collect_view();
    view! {
        <ul class="legend">{legend}</ul>
        <div class="chart-wrap"><svg class="chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="group" aria-label=label.clone()>
            {axis.grid(number)}
            {columns}
        </svg></div>
        <details class="disclosure">
            <summary>"Show the figures"</summary>
            {figures(label, series, bars, when)}
        </details>
    }
}

fn column(bar: &Bars, series: &[Series], x: f64, slot: f64, axis: Axis) -> impl IntoView + use<> {
    let width = (slot * 0.64).min(22.0);
    let left = x + (slot - width) / 2.0;
    let mut y = axis.y(0);
    let total: u64 = bar.values.iter().sum();
    let parts = bar
        .values
        .iter()
        .zip(series)
        .filter(|(value, _)| **value > 0)
        .map(|(value, s)| {
            // A single failure among thousands must still be seen.
            let height = axis.rise(*value).max(1.5);
            y -= height;
            view! {
                <rect
                    class=format!("series-{}", s.key)
                    x=format!("{left:.1}")
                    y=format!("{y:.1}")
                    width=format!("{width:.1}")
                    height=format!("{height:.1}")
                    rx="1.5"
                ></rect>
            }
        })
        .collect_view();
    let tick = axis.tick(x + slot / 2.0, &bar.tick);
    let says = format!("{}: {}", bar.name, number(total));
    let label = says.clone();
    let hit = view! {
        <rect
            class="hit"
            x=format!("{x:.1}")
            y=TOP.to_string()
            width=format!("{slot:.1}")
            height=axis.room().to_string()
            rx="4"
        ></rect>
    };
    let column = if total > 0 {
        view! { <a href=bar.href.clone() aria-label=label><title>{says}</title>{hit}{parts}</a> }.into_any()
    } else {
        parts.into_any()
    };
    view! { {column} {tick} }
}

fn figures(label: String, series: Vec<Series>, bars: Vec<Bars>, when: &'static str) -> impl IntoView {
    let heads = series.iter().map(|s| view! { <th scope="col" class="number">{s.text}</th> }).collect_view();
    let rows = bars
        .into_iter()
        .filter(|b| b.values.iter().any(|v| *v > 0))
        .map(|b| {
            let cells = b
                .values
                .iter()
                .map(|v| {
                    let class = if *v == 0 { "number zero" } else { "number" };
                    view! { <td class=class>{number(*v)}</td> }
                })
                .collect_view();
            view! { <tr><th scope="row"><a href=b.href>{b.name}</a></th>{cells}</tr> }
        })
        .collect_view();
    view! {
        <super::Table label>
            <thead>
                <tr>
                    <th scope="col">{when}</th>
                    {heads}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </super::Table>
    }
}
