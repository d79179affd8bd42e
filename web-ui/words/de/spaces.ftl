# Spaces, their members and invitations; who may read something.
