"""Every step, one row a module: to add a step, write its module and name it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci.engine.steps import (
    archive,
    catch_error,
    checkout,
    credentials,
    declarative,
    docker,
    environment,
    files,
    folders,
    junit,
    messages,
    milestone,
    node,
    properties,
    retry,
    scripts,
    sh,
    stage,
    stash,
    timeout,
    wrappers,
)

if TYPE_CHECKING:
    from tlcci.engine.definition import Step

_MODULES = (
    archive,
    catch_error,
    checkout,
    credentials,
    declarative,
    docker,
    environment,
    files,
    folders,
    junit,
    messages,
    milestone,
    node,
    properties,
    retry,
    scripts,
    sh,
    stage,
    stash,
    timeout,
    wrappers,
)

STEPS: dict[str, Step] = {step.name: step for module in _MODULES for step in module.STEPS}

# Names that are data for a step, such as `string(..)` in a list of parameters.
SYMBOLS = frozenset(
    [
        "environment",
        "string",
        "booleanParam",
        "choice",
        "text",
        "password",
        "file",
        "run",
        "parameters",
        "logRotator",
        "buildDiscarder",
        "disableConcurrentBuilds",
        "disableResume",
        "durabilityHint",
        "pipelineTriggers",
        "cron",
        "pollSCM",
        "upstream",
        "githubPush",
        "usernamePassword",
        "usernameColonPassword",
        "sshUserPrivateKey",
        "zip",
        "certificate",
        "rateLimitBuilds",
        "overrideIndexTriggers",
        "quietPeriod",
        "preserveStashes",
        "copyArtifactPermission",
        "authToken",
        "skipDefaultCheckout",
        "nonresumable",
        "agent",
        "kubernetesAgent",
    ]
)

GLOBALS = ("currentBuild", "docker", "env", "params", "pipeline", "scm")
