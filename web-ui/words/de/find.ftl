# Notifications, search, conversations.
