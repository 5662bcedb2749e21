//! A page of a user's tasks: as a JSON array, with what is around the page in headers.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::cache::Made;
use super::caller::Caller;
use super::shown;
use super::state::Tasks;
use super::tags::Tag;
use crate::backend::edge::{Fault, Wrong};
use crate::backend::store::{Order, Page};

const MOST_PER_PAGE: i64 = 100;
const PER_PAGE: i64 = 50;
const LAST_PAGE: i64 = 1_000_000;
const LONGEST_SEARCH: usize = 200;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// What a query asks for.
struct Asked {
    number: i64,
    page: Page,
    /// The parameters beside the page's number, as they are to stand in links to other pages.
    rest: Vec<(String, String)>,
}

/// `GET /api/tasks`.
pub(super) async fn list(
    State(tasks): State<Tasks>,
    Caller(who): Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let query = query.unwrap_or_default();
    let stamp = tasks.store.stamp();
    let made = stamp.and_then(|stamp| tasks.listings.get(stamp, &who.id, &query));
    let made = match made {
        Some(made) => made,
        None => {
            let asked = read(&query).map_err(Fault::invalid)?;
            let listing = tasks.store.list(&who.id, &asked.page).await?;
            let made = make(&asked, shown::array(&listing.tasks), listing.total);
            if let Some(stamp) = stamp {
                tasks.listings.keep(stamp, &who.id, &query, &made);
            }
            made
        }
    };
    let known = made.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
    let known = known.is_some_and(|tag| Tag::of_header(tag).is_known_to(&headers));
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Response::new(Body::from(made.body)),
    };
    *response.headers_mut() = made.headers;
    Ok(response)
}

fn make(asked: &Asked, body: Vec<u8>, total: i64) -> Made {
    let mut headers = HeaderMap::with_capacity(5);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ETAG, Tag::of_bytes(&body).header());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    headers.insert(TOTAL, HeaderValue::from(total));
    if let Ok(links) = HeaderValue::try_from(links(asked, total)) {
        headers.insert(header::LINK, links);
    }
    Made { headers, body: Bytes::from(body) }
}

/// The other pages (RFC 8288).
fn links(asked: &Asked, total: i64) -> String {
    let last = ((total - 1).max(0) / asked.page.limit + 1).min(LAST_PAGE);
    let number = asked.number;
    let prev = (number > 1).then(|| (number - 1).min(last));
    let next = (number < last).then_some(number + 1);
    let all = [(Some(1), "first"), (prev, "prev"), (next, "next"), (Some(last), "last")];
    let link = |(number, relation): (Option<i64>, &str)| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("page", &number?.to_string());
        query.extend_pairs(&asked.rest);
        Some(format!("</api/tasks?{}>; rel=\"{relation}\"", query.finish()))
    };
    all.into_iter().filter_map(link).collect::<Vec<_>>().join(", ")
}

/// Reads a query; parameters that mean nothing here are left alone.
fn read(query: &str) -> Result<Asked, Vec<Wrong>> {
    let mut wrongs = Vec::new();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let mut given = |name: &'static str| {
        let mut values = pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            wrongs.push(wrong(name, "is given more than once"));
        }
        first
    };
    let (number, per_page) = (given("page"), given("per_page"));
    let (completed, search, sort) = (given("completed"), given("q"), given("sort"));
    let number = whole("page", number, 1, LAST_PAGE, &mut wrongs);
    let limit = whole("per_page", per_page, PER_PAGE, MOST_PER_PAGE, &mut wrongs);
    let completed = match completed {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => {
            wrongs.push(wrong("completed", "has to be true or false"));
            None
        }
    };
    let search = search.filter(|text| !text.is_empty());
    if search.is_some_and(|text| text.chars().count() > LONGEST_SEARCH || text.contains(char::is_control)) {
        wrongs.push(wrong(
            "q",
            format!("has to be at most {LONGEST_SEARCH} characters without control characters"),
        ));
    }
    let order = sort.map_or(Some(Order::Created), order).unwrap_or_else(|| {
        wrongs.push(wrong(
            "sort",
            "has to be created_at, updated_at or title, with - before it for the reverse",
        ));
        Order::Created
    });
    if !wrongs.is_empty() {
        return Err(wrongs);
    }
    let page =
        Page { offset: (number - 1) * limit, limit, completed, search: search.map(str::to_owned), order };
    let known = ["per_page", "completed", "q", "sort"];
    let rest = pairs.into_iter().filter(|(name, _)| known.contains(&name.as_str())).collect();
    Ok(Asked { number, page, rest })
}

fn whole(name: &'static str, text: Option<&str>, usual: i64, most: i64, wrongs: &mut Vec<Wrong>) -> i64 {
    let Some(text) = text else { return usual };
    match text.parse() {
        Ok(number) if (1..=most).contains(&number) && !text.starts_with('+') => number,
        _ => {
            wrongs.push(wrong(name, format!("has to be a whole number from 1 to {most}")));
            usual
        }
    }
}

fn order(sort: &str) -> Option<Order> {
    match sort {
        "created_at" => Some(Order::Created),
        "-created_at" => Some(Order::CreatedLast),
        "updated_at" => Some(Order::Updated),
        "-updated_at" => Some(Order::UpdatedLast),
        "title" => Some(Order::Title),
        "-title" => Some(Order::TitleLast),
        _ => None,
    }
}

fn wrong(place: &str, detail: impl Into<String>) -> Wrong {
    Wrong { place: place.to_owned(), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(query: &str) -> Vec<String> {
        read(query).err().unwrap_or_default().into_iter().map(|wrong| wrong.place).collect()
    }

    #[test]
    fn a_query_is_read_and_its_problems_told_at_once() {
        let asked = read("page=3&per_page=20&completed=false&q=milk&sort=-title&other=1").ok().unwrap();
        let search = Some("milk".to_owned());
        let page = Page { offset: 40, limit: 20, completed: Some(false), search, order: Order::TitleLast };
        assert_eq!((asked.number, asked.page), (3, page));
        let all = "page=0&per_page=101&completed=1&sort=id&q=%00&q=a";
        assert_eq!(places(all), ["q", "page", "per_page", "completed", "q", "sort"]);
        for page in ["", "-1", "+1", "1.5", "x", "1000001", "99999999999999999999"] {
            assert_eq!(places(&format!("page={page}")), ["page"], "{page}");
        }
    }

    #[test]
    fn links_lead_to_pages_that_are_there() {
        let leading = |query: &str, total| links(&read(query).ok().unwrap(), total);
        assert_eq!(leading("", 0), "</api/tasks?page=1>; rel=\"first\", </api/tasks?page=1>; rel=\"last\"");
        let middle = leading("page=2&per_page=10&q=a b", 25);
        for (number, relation) in [(1, "first"), (1, "prev"), (3, "next"), (3, "last")] {
            let link = format!("</api/tasks?page={number}&per_page=10&q=a+b>; rel=\"{relation}\"");
            assert!(middle.contains(&link), "{middle}");
        }
        assert!(leading("page=9", 10).contains("</api/tasks?page=1>; rel=\"prev\""));
    }
}
