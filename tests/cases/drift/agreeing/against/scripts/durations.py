"""How long builds take."""

BUILDS = "https://ci.example.org/job/parts/job/main/"
CONTEXT = "parts/pr-head"
