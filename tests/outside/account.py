"""Signs a new user up and prints a token of theirs: account.py AUTH_URL session|token|hs256-token

For scripts that need a key to the services and have no other use for an account.
"""

import sys

from checks.stack import User


def main() -> int:
    if len(sys.argv) != 3 or sys.argv[2] not in ("session", "token", "hs256-token"):
        print(__doc__, file=sys.stderr)
        return 2
    user = User(sys.argv[1].rstrip("/"))
    print(user.session if sys.argv[2] == "session" else user.issued(sys.argv[2]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
