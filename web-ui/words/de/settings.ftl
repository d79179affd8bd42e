# Settings, sessions, signing in, the first run.
