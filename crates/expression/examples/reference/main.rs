//! Writes `docs/expressions.md` to standard output: `cargo run -p expression --example reference > docs/expressions.md`.

mod page;

fn main() {
    print!("{}", page::page());
}
