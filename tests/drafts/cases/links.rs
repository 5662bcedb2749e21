//! Services that speak of each other: needs and addresses stay with the service that was meant, and what is linked says
//! what it said before.

use super::guesses::drafts;

#[test]
fn a_guess_that_is_called_as_a_container_takes_nothing_of_its() {
    drafts(
        &[
            (
                "compose.yaml",
                "services:\n  db: {image: postgres, ports: ['8411:5432']}\n  web: {image: nginx, depends_on: [db]}\n",
            ),
            ("services/db/requirements.txt", "fastapi"),
            ("services/db/main.py", "app = FastAPI()\n"),
        ],
        &["[services.db-2]", "needs = { db = ", "`db` is called `db-2` here"],
        &["db-2 = ", "db in the file it was read from"],
    );
}
