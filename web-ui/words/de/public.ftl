# What visitors without an account see.
