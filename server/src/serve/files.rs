//! How many files the process may have open. Each agent and each browser holds a socket.

/// Raises the limit to what the system allows, and says what it is. Systems begin with 1,024, which is meant for
/// programs that cannot deal with more.
#[cfg(unix)]
pub fn raise_limit() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let found = getrlimit(Resource::Nofile);
    if found.current == found.maximum {
        return found.current;
    }
    let wanted = Rlimit { current: found.maximum, maximum: found.maximum };
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => found.maximum,
        Err(error) => {
            tracing::warn!(error = %error, limit = found.current, "the limit of open files stays low; each agent and each browser needs one: raise it with ulimit -n or LimitNOFILE");
            found.current
        }
    }
}

#[cfg(not(unix))]
pub const fn raise_limit() -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Resource, getrlimit};

    use super::*;

    #[test]
    fn as_many_files_may_be_open_as_the_system_allows() {
        let limit = raise_limit();
        let found = getrlimit(Resource::Nofile);
        assert_eq!((found.current, limit), (found.maximum, found.maximum));
    }
}
