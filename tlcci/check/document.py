"""Needs as one JSON object, its keys the ones that the facts of Jenkinsfiles have."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlcci.check.findings import Finding
    from tlcci.check.needs import Needs
    from tlcci.check.served import Row


def document(
    needs: Needs, rows: Sequence[Row] = (), findings: Sequence[Finding] = ()
) -> dict[str, Any]:
    """Return *needs*, who serves them and what was found as plain values."""
    return {
        **_needs(needs),
        "served": [_row(one) for one in rows],
        "findings": [asdict(one) for one in findings],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "name": row.name,
        "state": row.state,
        "by": row.by,
        "lines": list(row.lines),
        "blocking": row.is_blocking,
        "next": row.next,
    }


def _needs(needs: Needs) -> dict[str, Any]:
    return {
        "path": needs.path,
        "labels": [
            {
                "expr": one.expr,
                "stages": list(one.stages),
                "primary_in": list(one.primary),
                "fallback_in": list(one.fallback),
                "lines": list(one.lines),
                "fallback_only": one.is_fallback_only,
            }
            for one in needs.labels
        ],
        "images": {one.name: one.tag for one in needs.images},
        "images_used": [one.name for one in needs.images],
        "credentials": [one.id for one in needs.credentials],
        "credentials_detail": [
            {
                "id": one.id,
                "kind": one.kind,
                "variables": list(one.variables),
                "stages": list(one.stages),
                "lines": list(one.lines),
            }
            for one in needs.credentials
        ],
        "parameters": sorted(needs.parameters),
        "parameter_defaults": dict(needs.parameters),
        "env_read": list(needs.env_read),
        "stages": list(needs.stages),
        "parallel": {stage: list(branches) for stage, branches in needs.parallel.items()},
        "steps": list(needs.steps),
        "steps_only_in_unreached_methods": list(needs.unreached_steps),
        "stashes": [
            {
                "name": one.name,
                "includes": one.includes,
                "stash_in": list(one.stashed),
                "unstash_in": list(one.unstashed),
            }
            for one in needs.stashes
        ],
        "s3_buckets": list(needs.s3_buckets),
        "script_approval_needed": [one.signature for one in needs.approvals],
        "script_approval_source": list(
            dict.fromkeys(text for one in needs.approvals for text in one.expressions)
        ),
        "host_programs": list(needs.host_programs),
        "host_programs_optional": {
            one.name: ", ".join(one.callers) for one in needs.programs if one.is_optional
        },
        "host_programs_by_caller": {one.name: list(one.callers) for one in needs.programs},
        "host_scripts": list(needs.scripts),
        "unknown": [
            {"what": one.what, "line": one.line, "reason": one.reason} for one in needs.unknown
        ],
        "rehearsals": needs.rehearsals,
    }
