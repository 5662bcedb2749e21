"""Who is asking: the user that a bearer token proves."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from .config.auth_config import AuthConfig

CLOCK_SKEW_SECONDS = 5

bearer = HTTPBearer(auto_error=False)


@dataclass(frozen=True)
class User:
    id: str
    email: str


def current_user(config: AuthConfig) -> Callable[..., Coroutine[Any, Any, User]]:
    """A dependency that answers 401 unless the token was signed with our secret, by our auth service, for us."""

    async def verify(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> User:
        if credentials is None:
            raise unauthorized("a bearer token is needed")
        try:
            claims = jwt.decode(
                credentials.credentials,
                config.secret,
                algorithms=["HS256"],
                issuer=config.auth_service_url,
                audience=config.auth_service_url,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": ["sub", "email", "exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise unauthorized(f"the token is refused: {error}") from None
        return User(id=claims["sub"], email=claims["email"])

    return verify


def unauthorized(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})
