"""Tasks, each seen by its owner only. They live as long as the process."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, StringConstraints

from .config.auth_config import AuthConfig
from .identity import User, current_user


class NewTask(BaseModel):
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Task(BaseModel):
    id: str
    title: str
    created_at: datetime


class TaskStore:
    """Rows by owner, then by id: another user's task cannot even be looked up.

    All routes are coroutines without an await in between, so one event loop needs no lock.
    """

    def __init__(self) -> None:
        self._by_owner: dict[str, dict[str, Task]] = {}

    def add(self, owner: str, title: str) -> Task:
        task = Task(id=uuid4().hex, title=title, created_at=datetime.now(UTC))
        self._by_owner.setdefault(owner, {})[task.id] = task
        return task

    def list(self, owner: str) -> list[Task]:
        return [*self._by_owner.get(owner, {}).values()]

    def get(self, owner: str, task_id: str) -> Task | None:
        return self._by_owner.get(owner, {}).get(task_id)

    def remove(self, owner: str, task_id: str) -> Task | None:
        return self._by_owner.get(owner, {}).pop(task_id, None)


def tasks_router(config: AuthConfig) -> APIRouter:
    store = TaskStore()
    router = APIRouter(prefix="/api/tasks")
    CurrentUser = Annotated[User, Depends(current_user(config))]

    @router.post("", status_code=201)
    async def create(new: NewTask, user: CurrentUser) -> Task:
        return store.add(user.id, new.title)

    @router.get("")
    async def list_mine(user: CurrentUser) -> list[Task]:
        return store.list(user.id)

    @router.get("/{task_id}")
    async def read(task_id: str, user: CurrentUser) -> Task:
        return found(store.get(user.id, task_id))

    @router.delete("/{task_id}", status_code=204)
    async def delete(task_id: str, user: CurrentUser) -> None:
        found(store.remove(user.id, task_id))

    return router


def found(task: Task | None) -> Task:
    if task is None:
        raise HTTPException(404, "no such task")
    return task
