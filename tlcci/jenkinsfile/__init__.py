"""Reading Jenkinsfiles without running them; label expressions."""
