"""Rewrites `github-openapi.json.gz`: the part of GitHub's own API description that the fake answers by.

    npm pack @octokit/openapi@23.0.2
    python -m pushmark_bot.testing.refresh octokit-openapi-23.0.2.tgz

The whole description is 13 MB. Kept are the operations and webhooks named here with everything they refer
to; prose and examples go. What is kept stays OpenAPI 3.0, so that other tools can read it too.
"""

import gzip
import json
import sys
import tarfile
from pathlib import Path

from pushmark_bot.testing.contract import DESCRIPTION, LICENCE, Json

OPERATIONS = frozenset(
    {
        "actions/create-workflow-dispatch",
        "actions/download-artifact",
        "actions/get-workflow-run",
        "actions/list-workflow-run-artifacts",
        "actions/list-workflow-runs",
        "apps/create-from-manifest",
        "apps/create-installation-access-token",
        "apps/get-authenticated",
        "apps/get-installation",
        "apps/get-webhook-config-for-app",
        "apps/list-installations",
        "apps/list-webhook-deliveries",
        "apps/redeliver-webhook-delivery",
        "checks/create",
        "checks/get",
        "checks/list-annotations",
        "checks/list-for-ref",
        "checks/update",
        "git/create-blob",
        "git/create-commit",
        "git/create-ref",
        "git/create-tree",
        "git/get-blob",
        "git/get-commit",
        "git/get-ref",
        "git/get-tree",
        "git/update-ref",
        "issues/create-comment",
        "issues/delete-comment",
        "issues/get",
        "issues/get-comment",
        "issues/list-comments",
        "issues/update-comment",
        "pulls/create",
        "pulls/get",
        "pulls/list",
        "pulls/update",
        "rate-limit/get",
        "reactions/create-for-issue-comment",
        "repos/add-collaborator",
        "repos/create-repo-ruleset",
        "repos/create-using-template",
        "repos/delete",
        "repos/download-tarball-archive",
        "repos/get",
        "repos/get-collaborator-permission-level",
        "repos/list-for-org",
        "repos/update",
        "users/get-authenticated",
        "users/get-by-username",
    }
)
WEBHOOKS = frozenset(
    {
        "check-run-completed",
        "check-run-created",
        "issue-comment-created",
        "issue-comment-deleted",
        "issue-comment-edited",
        "pull-request-opened",
        "pull-request-synchronize",
    }
)
PROSE = frozenset({"description", "summary", "example", "examples", "externalDocs", "tags", "title", "deprecated"})
NAMED = frozenset({"properties", "schemas", "parameters", "responses", "headers", "paths", "x-webhooks", "patterns"})
"""Keys whose mapping is from names to things: a property called `description` is no prose."""

MEMBERS = {
    "package/generated/api.github.com.json": "description",
    "package/LICENSE": "licence",
}


def trim(description: Json, operations: frozenset[str] = OPERATIONS, webhooks: frozenset[str] = WEBHOOKS) -> Json:
    """Return the description with only these operations and webhooks, and what they refer to."""
    paths: dict[str, dict[str, Json]] = {}
    found: set[str] = set()
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and operation.get("operationId") in operations:
                paths.setdefault(path, {})[method] = _bare(operation)
                found.add(operation["operationId"])
    hooks = {name: _bare(description["x-webhooks"][name]) for name in sorted(webhooks)}
    if missing := operations - found:
        raise KeyError(f"the description has no operation {', '.join(sorted(missing))}")
    kept: Json = {"openapi": description["openapi"], "info": {"title": "GitHub", "version": _version(description)}}
    kept |= {"paths": paths, "x-webhooks": hooks, "components": {}}
    _add_referred(kept, description)
    return kept


def _version(description: Json) -> str:
    return str(description["info"]["version"])


def _bare(node: Json, names: bool = False) -> Json:
    """Drop prose and vendor keys; `names` says that the keys of this mapping are names."""
    if isinstance(node, list):
        return [_bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _bare(value, names=not names and key in NAMED)
        for key, value in node.items()
        if names or (key not in PROSE and not key.startswith("x-"))
    }


def _add_referred(kept: Json, description: Json) -> None:
    """Copy every component that is referred to, until nothing new is."""
    todo = sorted(_references(kept))
    done: set[str] = set()
    while todo:
        reference = todo.pop()
        if reference in done:
            continue
        done.add(reference)
        _, _, kind, name = reference.split("/")
        component = _bare(description["components"][kind][name])
        kept["components"].setdefault(kind, {})[name] = component
        todo.extend(_references(component))


def _references(node: Json) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_references, node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*map(_references, node.values()))


def main(package: Path) -> None:
    """Trim the description inside an npm tarball of @octokit/openapi into this package."""
    texts: dict[str, str] = {}
    with tarfile.open(package) as tar:
        for member, name in MEMBERS.items():
            stream = tar.extractfile(member)
            if stream is None:
                raise FileNotFoundError(f"{package} has no {member}")
            texts[name] = stream.read().decode()
    kept = trim(json.loads(texts["description"]))
    plain = json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()
    DESCRIPTION.write_bytes(gzip.compress(plain, mtime=0))
    notice = f"github-openapi.json.gz is trimmed from @octokit/openapi {_version(kept)}.\n\n"
    LICENCE.write_text(notice + texts["licence"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
