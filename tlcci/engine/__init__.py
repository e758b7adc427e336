"""The embedded engine: a Jenkinsfile run on this machine by Jenkins' own interpreter.

The interpreter (groovy-cps) lives in a JVM; every step comes here, to Python.
"""
