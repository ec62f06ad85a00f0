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

/// What a download is made of around its lines.
#[derive(Debug)]
pub struct Format {
    head: String,
    between: &'static str,
    tail: &'static str,
    ending: &'static str,
    content_type: &'static str,
}

impl Format {
    /// Lines that end themselves, below a head line.
    pub const fn csv(head: String) -> Self {
        Self { head, between: "", tail: "", ending: "csv", content_type: "text/csv; charset=utf-8" }
    }

    /// A value a line, each with its end.
    pub const fn json_lines() -> Self {
        Self {
            head: String::new(),
            between: "",
            tail: "",
            ending: "jsonl",
            content_type: "application/jsonl",
        }
    }

    /// Change records (RFC 2849), each with its empty line.
    pub fn ldif() -> Self {
        Self {
            head: "version: 1\n\n".to_owned(),
            between: "",
            tail: "",
            ending: "ldif",
            content_type: "text/plain; charset=utf-8",
        }
    }

    /// One array of values.
    pub fn json() -> Self {
        Self {
            head: "[\n".to_owned(),
            between: ",\n",
            tail: "\n]\n",
            ending: "json",
            content_type: "application/json",
        }
    }
}

/// A CSV file that a browser saves under a name.
pub async fn download(name: &str, head: String, read: Read) -> Result<Response> {
    download_as(name, Format::csv(head), read).await
}

/// The answer that a browser saves under a name. The first page is read before anything is sent, so that what is
/// refused is still told as a page; a list that breaks in the middle breaks the download.
pub async fn download_as(name: &str, format: Format, mut read: Read) -> Result<Response> {
    let Format { head, between, tail, ending, content_type } = format;
    let first = read(PageRequest { limit: ROWS, after: None }).await?;
    let start = head + &first.items.join(between);
    let rest = stream::try_unfold((read, first.next), move |(mut read, after)| async move {
        let Some(after) = after else { return Ok(None) };
        let page = read(PageRequest { limit: ROWS, after: Some(after) }).await?;
        let text = page.items.iter().flat_map(|item| [between, item]).collect::<String>();
        Ok::<_, service::ServiceError>(Some((text, (read, page.next))))
    });
    let lines = futures::StreamExt::chain(stream::iter([Ok(start)]), rest);
    let lines = futures::StreamExt::chain(lines, stream::iter([Ok(tail.to_owned())]));
    let mut response = Response::new(Body::from_stream(lines));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{}.{ending}\"", plain(name))) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// A moment as files tell it.
pub fn rfc3339(at: domain::Time) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// A file name of letters, digits and hyphens.
fn plain(name: &str) -> String {
    let words: Vec<&str> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_pages() -> Read {
        Box::new(|page| {
            Box::pin(async move {
                let last = page.after.is_some();
                let items = if last { vec!["3".to_owned()] } else { vec!["1".to_owned(), "2".to_owned()] };
                Ok(Page { items, next: (!last).then(|| "1".to_owned()) })
            })
        })
    }

    #[tokio::test]
    async fn whoever_goes_away_stops_the_reading() {
        let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counter = std::sync::Arc::clone(&asked);
        let endless: Read = Box::new(move |_| {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Box::pin(async { Ok(Page { items: vec!["x\n".to_owned()], next: Some("on".to_owned()) }) })
        });
        let response = download_as("x", Format::json_lines(), endless).await.expect("answers");
        let mut body = response.into_body().into_data_stream();
        for _ in 0..3 {
            let chunk = futures::StreamExt::next(&mut body).await.expect("more").expect("a chunk");
            assert_eq!(chunk, "x\n");
        }
        let before = asked.load(std::sync::atomic::Ordering::Relaxed);
        assert!(before <= 4, "{before} pages were read for three chunks");
        drop(body);
        tokio::task::yield_now().await;
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), before);
    }

    #[tokio::test]
    async fn values_of_every_page_are_one_array() {
        let response = download_as("x", Format::json(), two_pages()).await.expect("answers");
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        assert_eq!(serde_json::from_slice::<Vec<u8>>(&body).expect("an array"), [1, 2, 3]);
    }

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
