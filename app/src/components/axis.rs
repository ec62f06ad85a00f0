use leptos::prelude::*;

/// The width of every chart, in the units of its view box.
pub(super) const WIDTH: f64 = 720.0;
/// Where the room for values begins.
pub(super) const TOP: f64 = 10.0;
/// Room for the names below.
const BOTTOM: f64 = 22.0;
/// Half of what a letter of a tick takes.
const HALF_LETTER: f64 = 3.2;

/// Where a chart's values lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub height: f64,
    /// Room for the figures at the left.
    pub left: f64,
    /// The value at the top.
    pub top: u64,
}

impl Axis {
    /// An axis up to the next round number over the highest value.
    pub fn up_to(highest: u64, height: f64, left: f64) -> Self {
        Self { height, left, top: nice_ceiling(highest) }
    }

    /// The height that values share.
    pub fn room(self) -> f64 {
        self.height - TOP - BOTTOM
    }

    /// How high a value stands.
    pub fn rise(self, value: u64) -> f64 {
        self.room() * value as f64 / self.top as f64
    }

    /// Where a value lies.
    pub fn y(self, value: u64) -> f64 {
        TOP + self.room() - self.rise(value)
    }

    /// The width of each of so many slots.
    pub fn slot(self, count: usize) -> f64 {
        (WIDTH - self.left) / count.max(1) as f64
    }

    /// Three lines across with their figures.
    pub fn grid(self, text: fn(u64) -> String) -> impl IntoView {
        [0, self.top / 2, self.top]
            .map(|value| {
                let y = self.y(value);
                view! {
                    <line class="grid" x1=self.left.to_string() x2=WIDTH.to_string() y1=y.to_string() y2=y.to_string()></line>
                    <text x=(self.left - 8.0).to_string() y=(y + 4.0).to_string() text-anchor="end">
                        {text(value)}
                    </text>
                }
            })
            .collect_view()
    }

    /// A name below a place; one that would stick out at the right ends with the chart.
    pub fn tick(self, x: f64, name: &str) -> Option<impl IntoView + use<>> {
        let sticks_out = x + name.chars().count() as f64 * HALF_LETTER > WIDTH;
        let (x, anchor) = if sticks_out { (WIDTH, "end") } else { (x, "middle") };
        let name = name.to_owned();
        (!name.is_empty()).then(|| {
            view! {
                <text x=format!("{x:.1}") y=(self.height - 6.0).to_string() text-anchor=anchor>
                    {name}
                </text>
            }
        })
    }
}

/// The next round number, so that the middle line has a round label as well.
fn nice_ceiling(value: u64) -> u64 {
    let mut step = 2;
    loop {
        for factor in [1, 2, 3, 5] {
            if step * factor >= value {
                return step * factor;
            }
        }
        step *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::nice_ceiling;

    #[test]
    fn the_axis_ends_on_a_round_number_whose_half_is_whole() {
        for (value, expected) in [(0, 2), (3, 4), (7, 10), (11, 20), (41, 60), (101, 200), (900, 1_000)] {
            let ceiling = nice_ceiling(value);
            assert_eq!(ceiling, expected, "for {value}");
            assert!(ceiling.is_multiple_of(2) && ceiling >= value);
        }
    }
}
