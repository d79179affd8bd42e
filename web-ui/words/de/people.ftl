# People, profiles, knocks, follows, lists, mutes and blocks.
