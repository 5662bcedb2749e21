//! Tasks, each its owner's only: there is no statement here that finds a task without its owner.

use super::database::{Database, on_pool};
use super::stamp::Stamp;
use super::{StoreError, new_id};
use crate::backend::clock::Timestamp;

/// How long an idempotency key is remembered, in milliseconds: a day, as Stripe does.
const REMEMBERED: i64 = 24 * 60 * 60 * 1000;

/// A kept task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend) struct Task {
    pub(in crate::backend) id: String,
    pub(in crate::backend) title: String,
    pub(in crate::backend) description: String,
    pub(in crate::backend) completed: bool,
    pub(in crate::backend) created_at: Timestamp,
    pub(in crate::backend) updated_at: Timestamp,
    /// Counts its changes from 1.
    pub(in crate::backend) version: i64,
}

/// What a client says of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend) struct NewTask {
    pub(in crate::backend) title: String,
    pub(in crate::backend) description: String,
    pub(in crate::backend) completed: bool,
}

/// What is to be changed of a task; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::backend) struct Change {
    pub(in crate::backend) title: Option<String>,
    pub(in crate::backend) description: Option<String>,
    pub(in crate::backend) completed: Option<bool>,
}

impl From<NewTask> for Change {
    fn from(new: NewTask) -> Self {
        let NewTask { title, description, completed } = new;
        Self { title: Some(title), description: Some(description), completed: Some(completed) }
    }
}

/// In which order tasks are listed; equal ones in the order in which they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::backend) enum Order {
    Created,
    CreatedLast,
    Updated,
    UpdatedLast,
    Title,
    TitleLast,
}

/// Which tasks to list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::backend) struct Page {
    /// How many to pass over.
    pub(in crate::backend) offset: i64,
    /// How many at most.
    pub(in crate::backend) limit: i64,
    pub(in crate::backend) completed: Option<bool>,
    /// A text that title or description hold, in any case.
    pub(in crate::backend) search: Option<String>,
    pub(in crate::backend) order: Order,
}

/// A page of tasks, and how many there are on all of them.
#[derive(Clone, Debug)]
pub(in crate::backend) struct Listing {
    pub(in crate::backend) tasks: Vec<Task>,
    pub(in crate::backend) total: i64,
}

/// A creation that may be asked for more than once.
pub(in crate::backend) struct Retry {
    /// The client's name for it.
    pub(in crate::backend) key: String,
    /// What the request says, digested.
    pub(in crate::backend) fingerprint: String,
}

/// What became of a creation.
#[derive(Debug)]
pub(in crate::backend) enum Created {
    New(Task),
    /// It was asked for before, and this was the answer.
    Again(String),
    /// The same key was used for something else.
    Other,
}

/// What became of a change.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::backend) enum Written<T> {
    Done(T),
    /// There is no such task of this owner.
    Missing,
    /// It has another version than the one that was to be changed.
    Stale,
}

/// The kept tasks.
#[derive(Clone)]
pub(in crate::backend) struct TaskStore {
    database: Database,
}

type Row = (String, String, String, bool, i64, i64, i64);

macro_rules! list {
    ($order:literal) => {
        concat!(
            "SELECT id, title, description, completed, created_at, updated_at, version, count(*) OVER () ",
            "FROM portolan_tasks WHERE owner = $1 AND (CAST($2 AS BOOLEAN) IS NULL OR completed = $2) ",
            "AND (CAST($3 AS TEXT) IS NULL ",
            "OR lower_title LIKE $3 ESCAPE '\\' OR lower_description LIKE $3 ESCAPE '\\') ",
            "ORDER BY ",
            $order,
            " LIMIT $4 OFFSET $5"
        )
    };
}

impl Order {
    fn statement(self) -> &'static str {
        match self {
            Self::Created => list!("created_at, id"),
            Self::CreatedLast => list!("created_at DESC, id DESC"),
            Self::Updated => list!("updated_at, id"),
            Self::UpdatedLast => list!("updated_at DESC, id DESC"),
            // By code point: what a collation of the server's would say differs from machine to machine.
            Self::Title => list!("lower_title COLLATE \"C\", id"),
            Self::TitleLast => list!("lower_title COLLATE \"C\" DESC, id DESC"),
        }
    }
}

impl TaskStore {
    pub(in crate::backend) fn of(database: Database) -> Self {
        Self { database }
    }

    /// What changes with every commit to the database; see [`Database::stamp`].
    pub(in crate::backend) fn stamp(&self) -> Option<Stamp> {
        self.database.stamp()
    }

    /// Adds a task. With `retry`, a creation of the same key is not done again; `answer` puts the task into the words
    /// that are kept for that case.
    pub(in crate::backend) async fn create(
        &self,
        owner: &str,
        new: NewTask,
        retry: Option<Retry>,
        answer: impl FnOnce(&Task) -> String,
    ) -> Result<Created, StoreError> {
        const ADD: &str = "INSERT INTO portolan_tasks \
             (id, owner, title, description, completed, lower_title, lower_description, created_at, updated_at, version) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1)";
        const CLAIM: &str = "INSERT INTO portolan_idempotency_keys (owner, key, fingerprint, answer, created_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner, key) DO NOTHING";
        const CLAIMED: &str =
            "SELECT fingerprint, answer FROM portolan_idempotency_keys WHERE owner = $1 AND key = $2";
        const FORGET: &str = "DELETE FROM portolan_idempotency_keys WHERE owner = $1 AND created_at < $2";

        let now = Timestamp::now();
        let NewTask { title, description, completed } = new;
        let lower = (folded(&title), folded(&description));
        let id = new_id(now)?;
        let task = Task { id, title, description, completed, created_at: now, updated_at: now, version: 1 };
        let Task { id, title, description, .. } = &task;
        let Some(Retry { key, fingerprint }) = retry else {
            on_pool!(self.database.writer(), pool => {
                let add = sqlx::query(ADD).bind(id).bind(owner).bind(title).bind(description).bind(completed);
                add.bind(&lower.0).bind(&lower.1).bind(now.0).execute(pool).await.map(drop)
            })?;
            return Ok(Created::New(task));
        };
        let answer = answer(&task);
        let before: Option<(String, String)> = on_pool!(self.database.writer(), pool => {
            let mut work = pool.begin_with(self.database.begin()).await?;
            sqlx::query(FORGET).bind(owner).bind(now.plus(-REMEMBERED).0).execute(&mut *work).await?;
            let claim = sqlx::query(CLAIM).bind(owner).bind(&key).bind(&fingerprint).bind(&answer).bind(now.0);
            if claim.execute(&mut *work).await?.rows_affected() == 1 {
                let add = sqlx::query(ADD).bind(id).bind(owner).bind(title).bind(description).bind(completed);
                add.bind(&lower.0).bind(&lower.1).bind(now.0).execute(&mut *work).await?;
                work.commit().await?;
                None
            } else {
                let claimed = sqlx::query_as(CLAIMED).bind(owner).bind(&key).fetch_one(&mut *work).await?;
                work.commit().await?;
                Some(claimed)
            }
        });
        Ok(match before {
            None => Created::New(task),
            Some((same, answer)) if same == fingerprint => Created::Again(answer),
            Some(_) => Created::Other,
        })
    }

    /// Forgets the idempotency keys whose day is over, whoever's they are.
    pub(in crate::backend) async fn sweep_keys(&self) -> Result<(), StoreError> {
        const SWEEP: &str = "DELETE FROM portolan_idempotency_keys WHERE created_at < $1";
        let over = Timestamp::now().plus(-REMEMBERED).0;
        on_pool!(self.database.writer(), pool => sqlx::query(SWEEP).bind(over).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// The task of that id, if it is this owner's.
    pub(in crate::backend) async fn get(&self, owner: &str, id: &str) -> Result<Option<Task>, StoreError> {
        const GET: &str = "SELECT id, title, description, completed, created_at, updated_at, version \
             FROM portolan_tasks WHERE id = $1 AND owner = $2";
        let row: Option<Row> = on_pool!(self.database.reader(), pool => {
            sqlx::query_as(GET).bind(id).bind(owner).fetch_optional(pool).await
        })?;
        Ok(row.map(task))
    }

    /// A page of an owner's tasks.
    pub(in crate::backend) async fn list(&self, owner: &str, page: &Page) -> Result<Listing, StoreError> {
        const COUNT: &str = "SELECT count(*) FROM portolan_tasks \
             WHERE owner = $1 AND (CAST($2 AS BOOLEAN) IS NULL OR completed = $2) \
             AND (CAST($3 AS TEXT) IS NULL \
             OR lower_title LIKE $3 ESCAPE '\\' OR lower_description LIKE $3 ESCAPE '\\')";
        type Counted = (String, String, String, bool, i64, i64, i64, i64);
        let pattern = page.search.as_deref().map(pattern);
        let rows: Vec<Counted> = on_pool!(self.database.reader(), pool => {
            let list = sqlx::query_as(page.order.statement()).bind(owner).bind(page.completed).bind(&pattern);
            list.bind(page.limit).bind(page.offset).fetch_all(pool).await
        })?;
        let total = match rows.first() {
            Some((.., total)) => *total,
            None if page.offset == 0 => 0,
            None => {
                let (total,): (i64,) = on_pool!(self.database.reader(), pool => {
                    sqlx::query_as(COUNT).bind(owner).bind(page.completed).bind(&pattern).fetch_one(pool).await
                })?;
                total
            }
        };
        let without = |(id, title, description, completed, created, updated, version, _)| {
            task((id, title, description, completed, created, updated, version))
        };
        Ok(Listing { tasks: rows.into_iter().map(without).collect(), total })
    }

    /// Changes a task, if it still has the version `expected`, or whichever it has. One statement: of changes that come
    /// at once each is made to what the one before left.
    pub(in crate::backend) async fn change(
        &self,
        owner: &str,
        id: &str,
        change: Change,
        expected: Option<i64>,
    ) -> Result<Written<Task>, StoreError> {
        const CHANGE: &str = "UPDATE portolan_tasks SET \
             title = COALESCE($3, title), lower_title = COALESCE($4, lower_title), \
             description = COALESCE($5, description), lower_description = COALESCE($6, lower_description), \
             completed = COALESCE($7, completed), updated_at = $8, version = version + 1 \
             WHERE id = $1 AND owner = $2 AND (CAST($9 AS BIGINT) IS NULL OR version = $9) \
             RETURNING id, title, description, completed, created_at, updated_at, version";
        let now = Timestamp::now();
        let Change { title, description, completed } = change;
        let lower = |text: &Option<String>| text.as_deref().map(folded);
        let (lower_title, lower_description) = (lower(&title), lower(&description));
        let row: Option<Row> = on_pool!(self.database.writer(), pool => {
            let change = sqlx::query_as(CHANGE).bind(id).bind(owner).bind(&title).bind(&lower_title);
            let change = change.bind(&description).bind(&lower_description).bind(completed);
            change.bind(now.0).bind(expected).fetch_optional(pool).await
        })?;
        match row {
            Some(row) => Ok(Written::Done(task(row))),
            None => self.not_written(owner, id).await,
        }
    }

    /// Removes a task, if it still has the version `expected`, or whichever it has.
    pub(in crate::backend) async fn delete(
        &self,
        owner: &str,
        id: &str,
        expected: Option<i64>,
    ) -> Result<Written<()>, StoreError> {
        const DELETE: &str = "DELETE FROM portolan_tasks \
             WHERE id = $1 AND owner = $2 AND (CAST($3 AS BIGINT) IS NULL OR version = $3)";
        let deleted = on_pool!(self.database.writer(), pool => {
            let delete = sqlx::query(DELETE).bind(id).bind(owner).bind(expected);
            delete.execute(pool).await.map(|done| done.rows_affected())
        })?;
        if deleted == 1 { Ok(Written::Done(())) } else { self.not_written(owner, id).await }
    }

    /// Why a change met no row.
    async fn not_written<T>(&self, owner: &str, id: &str) -> Result<Written<T>, StoreError> {
        Ok(if self.get(owner, id).await?.is_some() { Written::Stale } else { Written::Missing })
    }
}

fn task((id, title, description, completed, created, updated, version): Row) -> Task {
    let (created_at, updated_at) = (Timestamp(created), Timestamp(updated));
    Task { id, title, description, completed, created_at, updated_at, version }
}

/// In lower case, whatever stands around it: of a capital sigma the end of a word makes another small letter.
fn folded(text: &str) -> String {
    text.to_lowercase().replace('ς', "σ")
}

/// A LIKE pattern for a text that stands anywhere, whatever signs it holds.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in folded(text).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
