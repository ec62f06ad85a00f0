//! What can go wrong while an expression is written, and while it runs.

/// An expression that does not compile: where, why, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {position}: {message}{}", in_brackets(hint.as_deref()))]
pub struct CompileError {
    /// The character at which the problem starts, counted from 1.
    pub position: usize,
    pub message: String,
    pub hint: Option<String>,
}

fn in_brackets(hint: Option<&str>) -> String {
    hint.map(|hint| format!(" ({hint})")).unwrap_or_default()
}

/// An expression that cannot be evaluated for one object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{function}: {message}")]
pub struct EvalError {
    /// The function that failed, or the operator.
    pub function: &'static str,
    pub message: String,
}

impl EvalError {
    /// Messages quote values; those of a redacted expression must not reach a log.
    pub(crate) fn redacted(self) -> Self {
        Self { message: "the value cannot be computed; the reason is redacted like the value".into(), ..self }
    }
}
