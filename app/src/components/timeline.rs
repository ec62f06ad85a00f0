use domain::Time;
use leptos::prelude::*;

use crate::format::duration;

/// One column of a timeline: how its time was covered.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    pub from: Time,
    pub until: Time,
    /// Seconds heard over the portal's own port, over the status port only, and not at all.
    pub main: u32,
    pub status: u32,
    pub silent: u32,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 84.0;
const BOTTOM: f64 = 20.0;

/// How an agent was heard over time: full columns are good, gaps are told apart from the status port by colour, by
/// height and in the table.
#[component]
pub fn Timeline(
    #[prop(into)] label: String,
    slots: Vec<Slot>,
    /// How a column's time is written, in chrono's format.
    format: &'static str,
    /// Every so many columns carry a tick.
    tick_every: usize,
) -> impl IntoView {
    let total = |of: fn(&Slot) -> u32| slots.iter().map(|slot| u64::from(of(slot))).sum::<u64>() * 1_000;
    let legend = [
        ("create", "Main port", total(|slot| slot.main)),
        ("disable", "Status port only", total(|slot| slot.status)),
        ("delete", "Silence", total(|slot| slot.silent)),
    ]
    .map(|(key, text, ms)| {
        let sum = if ms == 0 { "0 s".to_owned() } else { duration(ms) };
        view! {
            <li>
                <i class=format!("series-{key}")></i>
                {text}
                " "
                <b>{sum}</b>
            </li>
        }
    })
    .collect_view();
    let width = WIDTH / slots.len().max(1) as f64;
    let columns = slots
        .iter()
        .enumerate()
        .map(|(place, slot)| {
            let tick = place.is_multiple_of(tick_every).then(|| slot.from.format(format).to_string());
            column(slot, width * place as f64, width, tick)
        })
        .collect_view();
    // Full columns need no row: the legend counts them.
    let rows = slots
        .iter()
        .filter(|slot| slot.status + slot.silent > 0)
        .map(|slot| {
            let cells = [slot.main, slot.status, slot.silent]
                .map(|seconds| {
                    let class = if seconds == 0 { "number zero" } else { "number" };
                    let text =
                        if seconds == 0 { "0".to_owned() } else { duration(u64::from(seconds) * 1_000) };
                    view! { <td class=class>{text}</td> }
                })
                .collect_view();
            let from = slot.from.format("%Y-%m-%d %H:%M").to_string();
            view! { <tr><th scope="row">{from}</th>{cells}</tr> }
        })
        .collect_view();
    let interrupted = slots.iter().any(|slot| slot.status + slot.silent > 0);
    let table = if interrupted {
        view! {
            <details class="disclosure">
                <summary>"Show the interruptions"</summary>
                <super::Table label=format!("{label}: interruptions") inert=true>
                    <thead>
                        <tr>
                            <th scope="col">"From (UTC)"</th>
                            <th scope="col" class="number">"Main port"</th>
                            <th scope="col" class="number">"Status port only"</th>
                            <th scope="col" class="number">"Silence"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </super::Table>
            </details>
        }
        .into_any()
    } else {
        view! { <p class="soft">"No interruption."</p> }.into_any()
    };
    let region = format!("{label}, scrollable");
    view! {
        <ul class="legend">{legend}</ul>
        <div class="chart-wrap" role="region" aria-label=region tabindex="0">
            <svg class="chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label>
                {columns}
            </svg>
        </div>
        {table}
    }
}

fn column(slot: &Slot, x: f64, width: f64, tick: Option<String>) -> impl IntoView + use<> {
    let room = HEIGHT - BOTTOM;
    let length = (slot.until - slot.from).num_seconds().max(1) as f64;
    let mut y = room;
    let parts = [("create", slot.main), ("disable", slot.status), ("delete", slot.silent)]
        .into_iter()
        .filter(|(_, seconds)| *seconds > 0)
        .map(|(key, seconds)| {
            // One lost minute in an hour must still be seen.
            let height = (room * f64::from(seconds) / length).clamp(2.0, room);
            y = (y - height).max(0.0);
            view! {
                <rect
                    class=format!("series-{key}")
                    x=format!("{:.1}", x + width * 0.08)
                    y=format!("{y:.1}")
                    width=format!("{:.1}", width * 0.84)
                    height=format!("{height:.1}")
                ></rect>
            }
        })
        .collect_view();
    let tick = tick.map(|text| {
        view! { <text x=format!("{x:.1}") y=(HEIGHT - 5.0).to_string()>{text}</text> }
    });
    view! { {parts} {tick} }
}
