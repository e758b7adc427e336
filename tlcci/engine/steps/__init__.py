"""Every step, one row a module: to add a step, write its module and name it here."""

from __future__ import annotations

import dataclasses
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

# Steps of plugins that few controllers lack, and symbols that act as steps.
_UNLISTED = {
    *("ansiColor", "archiveArtifacts", "cleanWs", "emailext", "findFiles", "fingerprint"),
    *("lock", "mail", "readJSON", "readYAML", "touch", "withChecks", "writeJSON"),
}

STEPS: dict[str, Step] = {
    step.name: dataclasses.replace(
        step, is_listed=step.name not in _UNLISTED and module is not docker
    )
    for module in _MODULES
    for step in module.STEPS
}

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
        *("scmGit", "authorInChangelog", "changelogToBranch", "checkoutOption", "cloneOption"),
        *("cleanAfterCheckout", "cleanBeforeCheckout", "firstBuildChangelog", "lfs"),
        *("localBranch", "perBuildTag", "pruneStaleBranch", "pruneTags", "submodule"),
        *("sparseCheckout",),
        "agent",
        "kubernetesAgent",
    ]
)

GLOBALS = ("currentBuild", "docker", "env", "params", "pipeline", "scm")
