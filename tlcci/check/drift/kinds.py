"""What each kind of drift means, in one sentence."""

from __future__ import annotations

KINDS = {
    "bucket-not-granted": "A bucket that the checkout uses and no policy grants access to.",
    "bucket-not-made": "A bucket that the checkout uses and that Terraform does not make.",
    "credential-missing": "A credential that a Jenkinsfile binds and the controller has not.",
    "credential-unused": "A credential that no Jenkinsfile, job or agent uses.",
    "fleet-unasked": "An agent or a fleet whose labels no Jenkinsfile asks for.",
    "grant-without-bucket": "A policy for a bucket that Terraform does not make.",
    "instruction-wrong": "A page that says to install another package than the script needs.",
    "jenkinsfile-without-job": "A Jenkinsfile that no enabled job runs.",
    "job-address-dead": "Code that calls a job by its address, a job that is disabled or gone.",
    "job-script-missing": "A job whose Jenkinsfile the checkout has not.",
    "label-without-fleet": "A label expression that no agent has: a build waits for ever.",
    "mounted-folder-empty": "A folder of settings that a service mounts and no file goes to.",
    "network-unused": "A container network that is made and that no container joins.",
    "parameter-unknown": "A parameter of a job that no Jenkinsfile declares.",
    "plugin-missing": "A plugin that something uses and no list installs.",
    "plugin-version-differs": "A plugin that is named in another version than is installed.",
    "program-not-installed": "A program that builds call and that no machine is made with.",
    "python-behind": "Machines whose Python is older than the checkout's scripts need.",
    "repository-missing": "An image of the checkout without a repository among those kept.",
    "repository-unused": "A repository for an image that the checkout does not use.",
    "secret-file-missing": "A file with a secret that the controller reads and nothing brings.",
    "status-context-dead": "Code that waits for a status that only disabled jobs report.",
    "templates-diverge": "Two copies of one file that no longer say the same.",
    "variable-unread": "A global variable that nothing of the checkout's CI reads.",
    "variable-unset": "A variable that a Jenkinsfile reads and nothing sets.",
    "version-unpinned": "Software that is installed in whatever version is newest.",
    "workflow-missing": "A workflow that a page says to run and that is not there.",
}
