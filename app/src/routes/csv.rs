//! Downloads of whole lists, a page at a time: a big list is never held in memory.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use futures::{future::BoxFuture, stream};
use service::{Page, PageRequest, Result};

/// Rows read at a time.
const ROWS: u32 = 500;

/// A page of lines.
pub type Read = Box<dyn FnMut(PageRequest) -> BoxFuture<'static, Result<Page<String>>> + Send>;

/// The answer that a browser saves under a name. The first page is read before anything is sent, so that what is
/// refused is still told as a page; a list that breaks in the middle breaks the download.
pub async fn download(name: &str, head: String, mut read: Read) -> Result<Response> {
    let first = read(PageRequest { limit: ROWS, after: None }).await?;
    let start = head + &first.items.concat();
    let rest = stream::try_unfold((read, first.next), |(mut read, after)| async move {
        let Some(after) = after else { return Ok(None) };
        let page = read(PageRequest { limit: ROWS, after: Some(after) }).await?;
        Ok::<_, service::ServiceError>(Some((page.items.concat(), (read, page.next))))
    });
    let lines = futures::StreamExt::chain(stream::iter([Ok(start)]), rest);
    let mut response = Response::new(Body::from_stream(lines));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", plain(name))) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// A file name of letters, digits and hyphens.
fn plain(name: &str) -> String {
    let words: Vec<&str> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!("{}.csv", words.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_page_is_part_of_the_download() {
        let read: Read = Box::new(|page| {
            Box::pin(async move {
                let last = page.after.is_some();
                Ok(Page {
                    items: vec![if last { "b\r\n" } else { "a\r\n" }.to_owned()],
                    next: (!last).then(|| "1".to_owned()),
                })
            })
        });
        let response =
            download("Simulation of \"x\"/é\r\n", "head\r\n".to_owned(), read).await.expect("answers");
        assert_eq!(
            response.headers()[header::CONTENT_DISPOSITION],
            "attachment; filename=\"Simulation-of-x.csv\""
        );
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        assert_eq!(body, "head\r\na\r\nb\r\n");
    }
}
