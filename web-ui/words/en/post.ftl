# Posts: cards, the box to write in, threads, home, editing, deleting, photos.
