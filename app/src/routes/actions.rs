use axum::extract::Path;
use service::ServiceError;

use super::{Answer, Reader, configurations::read, failure::sentence};

/// The buttons of a configuration.
pub async fn act(reader: Reader, Path((id, action)): Path<(String, String)>) -> Answer {
    let detail = read(&reader, &id).await?;
    let (name, href) = (detail.summary.name.clone(), detail.summary.href());
    let id = detail.summary.id.to_string();
    let (service, who) = (&reader.service, &reader.principal);
    let done = match action.as_str() {
        "start" => service.start(who, &id).await.map(|_| format!("“{name}” runs now.")),
        "pause" => service.pause(who, &id).await.map(|()| format!("“{name}” is paused.")),
        "run-full" => service.run(who, &id, true).await.map(|_| format!("“{name}” reads everything now.")),
        "clear-quarantine" => service
            .clear_quarantine(who, &id)
            .await
            .map(|_| format!("“{name}” is out of quarantine and runs now.")),
        "enable" => {
            service.set_enabled(who, &id, true).await.map(|_| format!("“{name}” is enabled and runs now."))
        }
        "delete" => {
            service.delete_configuration(who, &id).await.map_err(|e| reader.failed(&e))?;
            return Ok(reader.done("/configurations", format!("“{name}” was deleted.")));
        }
        _ => Err(ServiceError::not_found("such action")),
    };
    match done {
        Ok(text) => Ok(reader.done(&href, text)),
        Err(
            error @ (ServiceError::Conflict(_) | ServiceError::Busy(_) | ServiceError::Unavailable { .. }),
        ) => Ok(reader.refused(&href, sentence(&error))),
        Err(error) => Err(reader.failed(&error)),
    }
}
