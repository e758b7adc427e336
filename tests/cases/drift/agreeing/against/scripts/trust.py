"""Lets some authors' forks be built."""

import jenkins as python_jenkins

XML = '<trust class="some" plugin="trusted-authors@12.0"/>'
server = python_jenkins.Jenkins("https://ci.example.org")
