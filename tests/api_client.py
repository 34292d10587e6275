"""A program that uses the API by a key, for tests."""

from typing import Any

from django.test import Client

from rooms.accounts.models import Account, ApiKey, Scope, User

ROOT = "/api/v1/"


class Api:
    """`Api(account, "read")` has a fresh key with that scope; `secret` may be any text."""

    def __init__(
        self,
        account: Account | None = None,
        *scopes: str,
        made_by: User | None = None,
        secret: str = "",
    ) -> None:
        self.key: ApiKey | None = None
        if account:
            self.key, secret = ApiKey.make(
                account, name="Test", scopes=list(scopes or Scope.values), made_by=made_by
            )
        self.secret = secret
        self.client = Client(raise_request_exception=False)

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        """`path` is relative to the root; `data` is sent as JSON, `str` and `bytes` as they are."""
        if self.secret:
            headers.setdefault("Authorization", f"Bearer {self.secret}")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(
            method,
            path if path.startswith("/") else ROOT + path,
            _body(self.client, data),
            content_type=named.pop("Content-Type", "application/json"),
            headers=named,
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.send("POST", path, data, **headers)

    def patch(self, path: str, data: Any, **headers: str) -> Any:
        return self.send("PATCH", path, data, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)


class Person(Api):
    """Somebody who uses the API by their login."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")


def _body(client: Client, data: Any) -> Any:
    if data is None:
        return ""
    return data if isinstance(data, str | bytes) else client._encode_json(data, "application/json")


def slug(response: Any) -> str:
    """The kind of problem that was answered, checked to be a whole one."""
    assert response["Content-Type"] == "application/problem+json", response.content
    problem = response.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(problem)
    assert problem["status"] == response.status_code
    assert problem["detail"]
    return str(problem["type"]).removeprefix("/api/v1/problems/")


def codes(response: Any) -> dict[str, str]:
    """The errors of a problem: what is wrong with which field or parameter."""
    assert slug(response) in ("validation", "not-found")
    errors = response.json()["errors"]
    assert all(error["detail"] for error in errors)
    return {error.get("pointer", error.get("parameter")): error["code"] for error in errors}
