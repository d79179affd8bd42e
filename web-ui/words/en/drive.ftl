# The drive: folders, files, what they were, and how files come here.

drive-sums = { $folders ->
    [0] { $files ->
        [0] Nothing in it yet.
        [one] One file, { $bytes }.
       *[other] { $files } files, { $bytes }.
    }
    [one] { $files ->
        [0] One folder, and no file yet.
        [one] One file in one folder, { $bytes }.
       *[other] { $files } files and one folder, { $bytes }.
    }
   *[other] { $files ->
        [0] { $folders } folders, and no file yet.
        [one] One file in { $folders } folders, { $bytes }.
       *[other] { $files } files and { $folders } folders, { $bytes }.
    }
}
drive-sums-part = More than { $files } files, and more than { $bytes }.
drive-inside = { $files ->
    [0] empty
    [one] one file, { $bytes }
   *[other] { $files } files, { $bytes }
}
drive-inside-part = more than { $files } files
drive-here-drop = Drop files or folders anywhere on this page
drive-here-choose = Choose files
drive-here-folder = Choose a folder
drive-here-send = Upload
drive-taken = If a file has the same name
drive-taken-both = Keep both
drive-taken-replace = Replace it; the old one stays in its history
drive-new-folder = New folder
drive-new-folder-name = Name of the new folder
drive-new-folder-make = Make it
drive-empty-top = Your files go here
drive-empty-top-about = Put in what you want to keep: your friends’ nodes hold encrypted copies, and every version stays.
drive-empty-about = Upload something into it, or move something here from its own page.
drive-order = Order
drive-order-name = Name
drive-order-size = Size
drive-order-date = Date
drive-order-backwards = { $order }, backwards
drive-look-list = List
drive-look-tiles = Tiles
drive-large = This folder has too many names to be sorted in other ways than this one.
drive-download = Download
drive-download-of = Download { $name }
drive-archive = Download all as a ZIP archive
drive-about = About { $name }
drive-about-folder = About this folder
drive-more = More of this folder
drive-gone-link = Recently removed
drive-undo = { $name } was removed. Its history stays.
drive-undo-button = Bring it back
drive-facts-file = { $bytes }, changed: { $when }
drive-facts-folder = Folder, changed: { $when }
drive-facts-link = A link to { $target }
drive-facts-gone = Removed ({ $when }). You can bring it back below.
drive-facts-version = This is version { $version } ({ $when }).
drive-facts-newest = Show the newest one
drive-see-empty = There is nothing in this file.
drive-see-text-part = These are the first 256 KiB. The rest is in the download.
drive-see-text = Text of { $name }
drive-see-picture = Preview of { $name }
drive-see-picture-failed = This picture can’t be shown here. Download it to open it elsewhere.
drive-see-foreign-picture = This is a HEIC or AVIF picture, which can’t be shown here yet. Download it to open it elsewhere.
drive-see-pdf = This is a PDF document. Download it to read it.
drive-see-other = There is no preview for this kind of file. Download it to open it.
drive-see-not-here = This file’s content isn’t on this machine right now: { $reason }
drive-see-media = If it doesn’t play here, download it.
drive-rename = Rename
drive-rename-name = New name
drive-rename-button = Rename
drive-move = Move
drive-move-nowhere = There is no other folder to move it to. { $link }.
drive-move-make = Make a folder first
drive-move-to = To which folder
drive-move-top = Files (the top)
drive-move-path = Path of the folder
drive-move-button = Move it there
drive-remove = Remove
drive-remove-ask = Remove { $name }?
drive-remove-file = It goes from this folder. Its history stays: under “Recently removed” you can bring it back.
drive-remove-folder = The folder goes with all that is in it. Under “Recently removed” you can bring it back as it is now.
drive-remove-keep = Keep it
drive-remove-button = Remove
drive-past = History
drive-past-version = Version { $version }
drive-past-now = Now
drive-past-removed = Removed
drive-past-by = { $device }, { $when }
drive-past-this-device = This machine
drive-past-device = Another machine ({ $key })
drive-past-look = Look
drive-past-restore = Bring back version { $version }
drive-past-restore-short = Bring back
drive-past-more = There are { $count } older versions. { $command } shows them all.
drive-removed-title = Recently removed
drive-removed-from = Removed from { $folder }
drive-removed-none = Nothing was removed from this folder.
drive-removed-when = removed: { $when }
drive-removed-more = Older removals aren’t shown here, but each file’s own history still has them.
drive-back = Back to the folder
drive-not-taken = { $count ->
    [one] One file wasn’t taken: { $reason }
   *[other] { $count } files weren’t taken. The first: { $reason }
}
drive-some-taken = { $count ->
    [0] Nothing was stored.
    [one] One file is here now.
   *[other] { $count } files are here now.
}
drive-nothing-chosen = Choose at least one file first.
drive-up-title = Uploads
drive-up-all = { $done } of { $all } files, { $bytes } of { $total }
drive-up-done = All done.
drive-up-some = Done, but some files weren’t stored.
drive-up-waits = Waiting
drive-up-here = Stored
drive-up-skipped = Skipped
drive-up-cancelled = Cancelled
drive-up-working = Almost there…
drive-up-taken = Something here has this name already.
drive-up-replace = Replace
drive-up-both = Keep both
drive-up-skip = Skip
drive-up-every = Do the same for all
drive-up-cancel = Cancel
drive-up-cancel-all = Cancel all
drive-up-again = Try again
drive-up-close = Close
drive-up-failed = The connection broke before it was whole. Nothing of it was stored: try again.
drive-up-many = Only the first { $count } files were taken. Upload the rest afterwards, or put them here from a terminal.
drive-up-open = Open
drive-up-foreign = This page doesn’t belong to your present session: reload it, then choose the files again.
done-uploaded = Your files are here now.
done-folder-made = The folder is there.
done-file-renamed = Renamed.
done-file-moved = Moved.
done-file-restored = It’s back.
