//! What a running portal does for its agents besides answering them.

use std::net::SocketAddr;

use service::Service;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{ServeOptions, port};
use crate::cli::CliError;

/// Where statuses are taken unless somebody says otherwise.
const STATUS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// Binds the status listener. An address that somebody named must be free; without one the portal goes on if the usual
/// one is taken.
pub fn bind_status(options: &ServeOptions) -> Result<Option<TcpListener>, CliError> {
    let address = options.status_listen.unwrap_or(STATUS);
    match port::listen(address) {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if options.status_listen.is_some() => Err(CliError::failed(format!(
            "cannot listen on {address} for the statuses of agents: {error}; choose another address with --status-listen"
        ))),
        Err(error) => {
            tracing::warn!(
                %address, %error, "agents cannot report here while the main port is blocked; name another address with --status-listen"
            );
            Ok(None)
        }
    }
}

/// Writes heartbeats and ages agents until `stop`, and then writes what waits.
pub async fn keep(service: Service, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = service.keep_agents() => {}
    }
    if let Err(error) = service.write_beats().await {
        tracing::warn!(error = %error, "the last heartbeats could not be written");
    }
}
