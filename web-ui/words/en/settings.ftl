# Settings, sessions, signing in, the first run.

settings-posts = New posts
settings-posts-about = Unless you choose something else while writing, they are for
settings-save = Save
settings-language = Language
settings-language-about = What these pages speak
settings-language-automatic = As the browser says
sign-out-about = Signing out closes Hearth in this browser only. Your server goes on.
sign-out-button = Sign out
