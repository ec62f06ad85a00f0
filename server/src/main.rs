//! The `skybridge` binary. Everything else is in the library, where tests reach it.

mod memory;

use std::process::ExitCode;

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    memory::keep_for_the_next_page();
    server::main()
}
