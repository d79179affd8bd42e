# Settings, sessions, signing in, the first run.

settings-posts = New posts
settings-posts-about = Unless you choose something else while writing, they are for
settings-save = Save
settings-language = Language
settings-language-about = What these pages speak
settings-language-automatic = As the browser says
sign-out-about = Signing out closes Hearth in this browser only. Your server goes on.
sign-out-button = Sign out
sign-in = Sign in
sign-in-title = Come in
sign-in-password = Password
sign-in-otherwise = Another way in
sign-in-owner = This is somebody’s own server. If it is yours, run this on the machine it runs on:
sign-in-link = { $command } prints a link that works once and for a short while. Follow it, and this browser is signed in.
sign-in-signed-out = You aren’t signed in in this browser, so nothing was done.
sign-in-link-over = This link was used already, or it is too old. Make a new one.
sign-in-wrong = That isn’t the password.
sign-in-too-often = { $count ->
    [one] Too many passwords were tried. Wait one second, or come in by a link that hearth open prints.
   *[other] Too many passwords were tried. Wait { $count } seconds, or come in by a link that hearth open prints.
}
sign-in-too-often-passkey = { $count ->
    [one] Too many passwords were tried. Wait one second, or come in by a link or a passkey.
   *[other] Too many passwords were tried. Wait { $count } seconds, or come in by a link or a passkey.
}

passkey-title = Passkeys
passkey-about = Your finger, face or PIN on this device, instead of a password. Nobody can guess it or ask you for it.
passkey-make = Make a passkey
passkey-use = Sign in with a passkey
passkey-remove = Remove this passkey
passkey-times = Made: { $made } · last used: { $used }
passkey-place = Only for { $name }
passkey-failed = That didn’t work: the browser made no passkey, or has none for this page. Reload the page and try again.
passkey-scripts = A passkey needs scripts, which are switched off in this browser.
passkey-elsewhere = Browsers allow no passkeys at this address. { $here }, and make one there.
passkey-elsewhere-link = Open this page as { $name }

password-title = Password
password-is-set = A password is set.
password-is-not-set = No password is set.
password-set = Set a password
password-change = Change the password
password-remove = Remove the password
password-new = New password
password-again = Once more
password-advice = At least 10 characters. A few words are easier to remember than signs.
password-now = Present password
password-forgotten = Whoever only sits at an open browser can’t change how you come in. Forgotten it? On the machine that Hearth runs on, { $command } removes it.
password-not-present = That isn’t the present password: nothing was changed.
password-too-often = { $count ->
    [one] Too many passwords were tried: nothing was changed. Try again in one second.
   *[other] Too many passwords were tried: nothing was changed. Try again in { $count } seconds.
}
password-too-short = A password has at least 10 characters: a few words do well.
password-unlike = These two aren’t the same: type the password once more.
password-others = Sign out all other browsers

sign-in-settings = Signing in
sign-in-settings-about = By which you come in from a new browser, besides links.
sign-in-anew = You came in a while ago. To change anything here, sign out and come in again by a passkey or a link: then it can be changed for 10 minutes.
sign-in-last = Without it, only links let you in: somebody must be at the machine to print one.
sign-in-links = Links
sign-in-links-about = { $command }, on the machine that Hearth runs on, always prints a link that signs you in once.

sessions-title = Signed-in browsers
sessions-about = Whoever uses one of these is you. Each is signed out by itself 90 days after it came in.
sessions-this = This one
sessions-times = Came in: { $since } · last used: { $used }
sessions-revoke = Sign it out
sessions-sign-out = Sign out
sessions-others = Sign out all others
sessions-others-about = { $count ->
    [one] One other browser is signed in.
   *[other] { $count } other browsers are signed in.
}

first-step = Step { $step } of { $steps }
first-next = Next
first-return = Back
first-title = Welcome to Hearth
first-about = This server becomes you on a free network: your posts, your files, your friends. It is yours, and nobody stands in the middle.
first-new = I’m new here
first-new-about = Make an identity. It takes a minute.
first-back = I have a phrase
first-back-about = I was here before: bring everything back from my friends.
first-device = I have another device
first-device-about = Make this machine one of mine, by a link that the other one gives.
first-device-long = On the device that you have, open Profile, then Devices, and add one: it shows a link. Paste it here, and leave that device on until everything is here.
first-device-link = Device link
first-device-begin = Join
first-back-long = Type the 24 words from your paper, and one friend’s link. Everything that your friends keep for you comes back: first who you are and your newest posts, then your files.
first-back-phrase = Your phrase
first-back-link = A friend’s link
first-back-link-advice = They find it on their People page. Friends in the same network are found without.
first-back-stolen = My old machine was stolen: nothing that it says from now on shall count
first-back-begin = Bring me back

first-name-title = Who are you?
first-name-label = Your name
first-name-public = How your friends call you. It is public, and you can change it at any time.

first-lock-title = How do you come in?
first-lock-about = This browser is signed in now. For the next one, set a password or a passkey.
first-lock-set = Set the password
first-lock-has-password = Your password is set.
first-lock-has-passkeys = { $count ->
    [one] Your passkey is set.
   *[other] { $count } passkeys are set.
}
first-lock-skip = Skip this
first-lock-skip-means = You can do without: only programs on this machine reach this page, and links that are made on it sign you in. You can set a password later.

first-phrase-title = Your phrase
first-phrase-about = These 24 words are you. Write them on paper, in order: they are the only way back to you on another machine, and they are shown only now.
first-phrase-again = Your server was started anew before you were done. The words that it showed you then are of no use: cross them out. These are the right ones.
first-phrase-keep = No photo, no file, no message: whoever reads them is you. In the next step you are asked for two of them.
first-phrase-print = Print as a card
first-phrase-print-by-hand = You can print this page from your browser’s menu: it becomes a card.
first-phrase-printed = These words are a person. Keep this card where you keep your passport, and show it to nobody.
first-phrase-done = I have written them down

first-words-title = Two of your words
first-words-about = Look at your paper, so that you know that you have it.
first-words-label = Word number { $number }
first-words-look = Look again
first-words-done = That’s them

friend-title = Your first friend
friend-theirs = Do you have a friend’s link?
friend-theirs-label = Their link
friend-theirs-about = You follow them, and they are asked to be friends.
friend-ask = Ask to be friends
friend-mine = Or give them yours
friend-mine-about = Send it by whatever way you write to each other, or let them scan the code: it gives a text, which they paste under People.
friend-mine-label = Your link
friend-mine-code = Your link, to be scanned
friend-later = Go on without

steps-title = What remains
steps-dismiss = Not now
steps-sign-in = Set a password or a passkey
steps-sign-in-about = So that you can come in from your other browsers.
steps-friend = Find your first friend
steps-friend-about = By a link: theirs, or yours.
steps-guardians = Let friends keep your backup
steps-guardians-about = So that everything comes back if this machine is lost.
sign-in-come-in-again = Nothing was changed: you came in a while ago. Sign out, come in again by a passkey or a link, and change it within 10 minutes.
