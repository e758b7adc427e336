greeting = 'hello'

def greet(name) { "${greeting} ${name}" }

def shout() { sh 'echo shouted' }

return this
