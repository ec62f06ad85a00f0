//! Mail: who is told what, the queue's turns at the mail server, the history.

mod deliver;
mod tell;

use domain::access::{Principal, Role};
use domain::document::MailEntry;
use domain::mail::{Delivery, MailEvent, Notice};
use domain::{SealedSecret, Time};
use notify::MailServer;
use serde_json::json;
use storage::mail::{DeliveryFilter, Told};
use storage::{Page, PageRequest};

use crate::check::is_email;
use crate::sealer::MAIL_PASSWORD;
use crate::settings::{MAIL, MAIL_SECRET};
use crate::{Result, Service, ServiceError};

pub use deliver::RETRIES;
pub(crate) use tell::time;

impl Service {
    /// Where people open the portal, for links: without a slash at its end. Set once, when it is known.
    pub fn set_portal_address(&self, address: String) {
        drop(self.portal_cell().set(address));
    }

    pub(crate) fn portal_address(&self) -> &str {
        self.portal_cell().get().map_or("http://127.0.0.1:3000", String::as_str)
    }

    /// What was sent to whom, with the mail server's answers, newest first.
    pub async fn deliveries(
        &self,
        principal: &Principal,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().deliveries(filter, page).await?)
    }

    /// Sends a test message to one address at once and says what became of it. It is not tried again.
    pub async fn send_test_mail(&self, principal: &Principal, to: &str) -> Result<Delivery> {
        Self::require(principal, Role::Administrator)?;
        let to = to.trim();
        if !is_email(to) {
            return Err(ServiceError::invalid("to", format!("`{to}` is not a mail address")));
        }
        if self.mail_settings().await?.is_none() {
            return Err(ServiceError::Conflict("no mail server is set; set one first".to_owned()));
        }
        let turn = self.mail_turn().lock().await;
        let notice = Notice {
            event: MailEvent::Test,
            configuration: None,
            at: self.now(),
            title: "Test message".to_owned(),
            text: vec![format!("{} asked for this message, to see whether mail arrives.", principal.name)],
            advice: String::new(),
            facts: Vec::new(),
            path: "/mail".to_owned(),
        };
        let message = self.message_of(&[notice], vec![to.to_owned()]);
        let id = message.id;
        self.storage().tell(Told { messages: vec![message], marks: Vec::new() }).await?;
        let due = self.storage().due_deliveries(self.now(), PageRequest::MOST).await?;
        let delivery = due.into_iter().find(|delivery| delivery.message == id);
        let delivery = delivery.ok_or_else(|| ServiceError::not_found("test message"))?;
        let number = delivery.id;
        self.attempt(&turn, vec![delivery], false).await?;
        let entry = self.audit_entry(principal, "settings.testMail", to, json!({}));
        self.storage().append_audit(entry).await?;
        let newest = self.storage().deliveries(&DeliveryFilter::default(), PageRequest::first(50)).await?;
        let found = newest.items.into_iter().find(|delivery| delivery.id == number);
        found.ok_or_else(|| ServiceError::not_found("test message"))
    }

    /// The mail settings, without their password.
    pub(crate) async fn mail_settings(&self) -> Result<Option<MailEntry>> {
        self.stored_setting(MAIL).await
    }

    /// The mail server and the sender, ready for a conversation.
    async fn mail_server(&self) -> Result<Option<(MailServer, String)>> {
        let Some(entry) = self.mail_settings().await? else { return Ok(None) };
        let mut server =
            MailServer::parse(&entry.smtp_url, entry.allow_plaintext).map_err(ServiceError::internal)?;
        server.ca_pem = entry.ca_pem;
        if let Some(name) = entry.username {
            let sealed: Option<SealedSecret> = self.stored_setting(MAIL_SECRET).await?;
            let sealed = sealed.ok_or_else(|| ServiceError::internal("the mail password is missing"))?;
            let password = self.sealer().unseal(MAIL_PASSWORD, &sealed).map_err(ServiceError::internal)?;
            server.credentials = Some((name, password));
        }
        Ok(Some((server, entry.from)))
    }

    /// Drops old messages that wait for nothing. Gives how many.
    pub async fn expire_mail(&self, before: Time, limit: u32) -> Result<u64> {
        Ok(self.storage().expire_mail(before, limit).await?)
    }
}
