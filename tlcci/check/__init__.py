"""What a checkout's Jenkinsfiles need from outside, and who serves it."""
